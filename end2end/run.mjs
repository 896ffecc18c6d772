// Starts the server of the tests' build on fresh databases and a free port, runs the browser tests, stops it.
//
// The tests find the site at BASE_URL and the browser at CHROMIUM. SERVER names another binary; with BASE_URL set
// nothing is started.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, chmodSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const out = join(here, "out");
const READY_MS = 90_000;
mkdirSync(out, { recursive: true });

function chromium() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    for (const folder of folders) {
      try {
        accessSync(join(folder, name));
        return join(folder, name);
      } catch {
        // Not there: look further.
      }
    }
  }
  throw new Error("no Chromium on the PATH: run `make setup-test`");
}

function isFree(port) {
  return new Promise((done) => {
    const probe = createServer();
    probe.once("error", () => done(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => done(true)));
  });
}

// The site, the sandbox, the metrics and the sandbox's mail server take four ports in a row.
async function freePort() {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 12_000 + Math.floor(Math.random() * 6_000);
    const free = await Promise.all([port, port + 1, port + 2, port + 3].map(isFree));
    if (free.every(Boolean)) return port;
  }
  throw new Error("no four free ports in a row");
}

async function untilServed(url, server) {
  const limit = Date.now() + READY_MS;
  while (Date.now() < limit && server.exitCode === null) {
    try {
      if ((await fetch(url)).ok) return;
    } catch {
      // Not listening yet.
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(server.exitCode === null ? `nothing served after ${READY_MS} ms` : "the server ended");
}

async function run(command, args, env) {
  const child = spawn(command, args, { cwd: root, env: { ...process.env, ...env }, stdio: "inherit" });
  const [code] = await once(child, "exit");
  return code ?? 1;
}

function testFiles() {
  const given = process.argv.slice(2).map((file) => resolve(file));
  if (given.length > 0) return given;
  const files = readdirSync(join(here, "tests")).filter((name) => name.endsWith(".test.mjs"));
  return files.sort().map((name) => join(here, "tests", name));
}

const logFile = join(out, "server.log");

function showLog(why) {
  console.error(`${why}. The end of ${logFile}:`);
  console.error(readFileSync(logFile, "utf8").split("\n").slice(-30).join("\n"));
}

// One line a test and the failures at the end, where this Node has that.
function reporter() {
  return process.allowedNodeEnvironmentFlags.has("--test-reporter") ? ["--test-reporter=spec"] : [];
}

async function withServer(use) {
  if (process.env.BASE_URL) return use(process.env.BASE_URL, {});
  const data = mkdtempSync(join(tmpdir(), "parterre-end2end-"));
  // The databases' user must get in where the tests run as root.
  chmodSync(data, 0o755);
  const port = await freePort();
  const log = openSync(logFile, "w");
  const env = { ...process.env, PORT: String(port), DATA_DIR: data };
  for (const name of ["DATABASE_URL", "REDIS_URL", "STRIPE_SECRET_KEY", "SMTP_URL", "TWILIO_ACCOUNT_SID"]) delete env[name];
  const server = spawn(process.env.SERVER ?? join(root, "target/debug/server"), ["run"], {
    cwd: root,
    env,
    stdio: ["ignore", log, log],
  });
  const ended = once(server, "exit");
  try {
    const base = `http://127.0.0.1:${port}`;
    await untilServed(base, server);
    const code = await use(base, { PORT: env.PORT, DATA_DIR: data });
    if (code !== 0) showLog("Some tests failed");
    return code;
  } catch (error) {
    showLog(error.message);
    return 1;
  } finally {
    server.kill("SIGTERM");
    const late = setTimeout(() => server.kill("SIGKILL"), 60_000);
    await ended;
    clearTimeout(late);
    rmSync(data, { recursive: true, force: true });
  }
}

process.exitCode = await withServer((base, where) =>
  run(process.execPath, ["--test", ...reporter(), ...testFiles()], { ...where, BASE_URL: base, CHROMIUM: process.env.CHROMIUM ?? chromium() }),
);
