// Makes a picture of a page smaller: one byte a pixel and a palette, which is enough for plain surfaces and text.
import { readFileSync, writeFileSync } from "node:fs";
import * as zlib from "node:zlib";

const { deflateSync, inflateSync } = zlib;

const SIGNATURE = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
const COLOURS = 256;

/** Rewrites a picture of the browser's (8 bits a channel, not interlaced) in place, when that makes it smaller. */
export function shrink(path) {
  const before = readFileSync(path);
  const { width, height, channels, data } = read(before);
  const pixels = unfilter(data, width, height, channels);
  const colours = palette(pixels, channels);
  const after = write(width, height, pixels, channels, colours);
  if (after.length < before.length) writeFileSync(path, after);
}

function read(file) {
  const parts = [];
  let header;
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    const kind = file.toString("latin1", at + 4, at + 8);
    const body = file.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") header = body;
    if (kind === "IDAT") parts.push(body);
    at += length + 12;
  }
  const kinds = { 2: 3, 6: 4 };
  const channels = kinds[header[9]];
  if (header[8] !== 8 || !channels || header[12] !== 0) throw new Error("not a picture of the browser's");
  return { width: header.readUInt32BE(0), height: header.readUInt32BE(4), channels, data: inflateSync(Buffer.concat(parts)) };
}

function unfilter(data, width, height, channels) {
  const row = width * channels;
  const out = Buffer.alloc(row * height);
  for (let y = 0; y < height; y += 1) {
    const filter = data[y * (row + 1)];
    for (let x = 0; x < row; x += 1) {
      const at = y * row + x;
      const left = x >= channels ? out[at - channels] : 0;
      const up = y > 0 ? out[at - row] : 0;
      const corner = x >= channels && y > 0 ? out[at - row - channels] : 0;
      const guess = [0, left, up, (left + up) >> 1, filter === 4 ? paeth(left, up, corner) : 0][filter];
      out[at] = data[y * (row + 1) + 1 + x] + guess;
    }
  }
  return out;
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value));
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The most frequent colours, and then those that are farthest from what is there. */
function palette(pixels, channels) {
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += channels) {
    const colour = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const all = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const chosen = all.slice(0, COLOURS / 2);
  for (let far = 24; far >= 0 && chosen.length < COLOURS; far -= 6) {
    for (const colour of all) {
      if (chosen.length >= COLOURS) break;
      if (chosen.every((other) => distance(colour, other) > far * far)) chosen.push(colour);
    }
  }
  const nearest = new Map(all.map((colour) => [colour, nearestOf(colour, chosen)]));
  return { chosen, nearest };
}

const distance = (a, b) => ((a >> 16) - (b >> 16)) ** 2 + (((a >> 8) & 255) - ((b >> 8) & 255)) ** 2 + ((a & 255) - (b & 255)) ** 2;

function nearestOf(colour, chosen) {
  let best = 0;
  for (let at = 1; at < chosen.length; at += 1) {
    if (distance(colour, chosen[at]) < distance(colour, chosen[best])) best = at;
  }
  return best;
}

function write(width, height, pixels, channels, { chosen, nearest }) {
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * channels;
      rows[y * (width + 1) + 1 + x] = nearest.get((pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2]);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8;
  header[9] = 3;
  const table = Buffer.from(chosen.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const chunks = [chunk("IHDR", header), chunk("PLTE", table), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([SIGNATURE, ...chunks]);
}

function chunk(kind, body) {
  const out = Buffer.alloc(body.length + 12);
  out.writeUInt32BE(body.length, 0);
  out.write(kind, 4, "latin1");
  body.copy(out, 8);
  out.writeUInt32BE(checksum(out.subarray(4, body.length + 8)), body.length + 8);
  return out;
}

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

// Newer versions of Node have it built in.
function checksum(bytes) {
  if (zlib.crc32) return zlib.crc32(bytes);
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
