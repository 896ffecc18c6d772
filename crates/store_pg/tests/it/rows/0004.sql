INSERT INTO secrets VALUES ('hold', '\x00', '2026-01-01Z');
