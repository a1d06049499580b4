/* Checks an offline bundle of Salus (`application/vnd.salus.proof+json`). No network, no packages.

This file stands alone, in a browser as in Node 18 or later; `verifier.py` says what a trust file
holds, and makes the same checks in the same order:

    node verifier.mjs proof.json --trust trust.json
    import { parse, verify } from "./verifier.mjs";  // verify(bytes, parse(bytes of the trust file))
*/

const MAX_BYTES = 64 * 2 ** 20;
const MAX_SIZE = 2 ** 53;
const MAX_DEPTH = 64;

class Failed extends Error {
  constructor(step, reason) {
    super(reason);
    this.step = step;
  }
}

/** `{valid, step, reason, logRoot}`: valid with the root of the log, or the first step that failed. */
export function verify(raw, trust) {
  try {
    read(trust, TRUST, "trust", "trust");
    const proof = readProof(raw);
    const version = checkVersion(proof);
    const root = checkLog(proof, version);
    checkCheckpoint(proof, trust, root);
    checkSource(proof, trust, version);
    checkDigest(proof);
    return { valid: true, step: "", reason: "", logRoot: "0x" + hex(root) };
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    return { valid: false, step: error.step, reason: error.message, logRoot: "" };
  }
}

/* JSON THAT KEEPS THE TEXT OF NUMBERS */

/** A number as it was written: 1.0 is not 1, and no digit of a long one is lost. */
class Lexeme {
  constructor(text) {
    this.text = text;
  }
}

const TOKEN = /[ \t\n\r]*(?:([[\]{}:,])|("(?:[^"\\\u0000-\u001f]|\\.)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)|(true|false|null))[ \t\n\r]*/sy;

/** A JSON value with objects as Map, or null for what is none. */
export function parse(raw) {
  try {
    if (raw.length > MAX_BYTES) return null;
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
    const tokens = { text, at: 0 };
    const value = parseValue(tokens, next(tokens), MAX_DEPTH);
    return tokens.at === text.length ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function next(tokens) {
  TOKEN.lastIndex = tokens.at;
  const found = TOKEN.exec(tokens.text);
  if (found === null) throw new SyntaxError("not JSON");
  tokens.at = TOKEN.lastIndex;
  return found;
}

function parseValue(tokens, [, mark, string, number, word], depth) {
  if (string !== undefined) return JSON.parse(string);
  if (number !== undefined) return new Lexeme(number);
  if (word !== undefined) return JSON.parse(word);
  if (depth === 0) throw new SyntaxError("too deep");
  if (mark === "[") return parseList(tokens, depth - 1);
  if (mark === "{") return parseObject(tokens, depth - 1);
  throw new SyntaxError("not JSON");
}

function parseList(tokens, depth) {
  const list = [];
  let token = next(tokens);
  if (token[1] === "]") return list;
  for (;;) {
    list.push(parseValue(tokens, token, depth));
    const [, mark] = next(tokens);
    if (mark === "]") return list;
    if (mark !== ",") throw new SyntaxError("not JSON");
    token = next(tokens);
  }
}

function parseObject(tokens, depth) {
  const members = new Map();
  let token = next(tokens);
  if (token[1] === "}") return members;
  for (;;) {
    const name = token[2] === undefined ? undefined : JSON.parse(token[2]);
    if (name === undefined || members.has(name) || next(tokens)[1] !== ":")
      throw new SyntaxError("not JSON, or a key stands twice");
    members.set(name, parseValue(tokens, next(tokens), depth));
    const [, mark] = next(tokens);
    if (mark === "}") return members;
    if (mark !== ",") throw new SyntaxError("not JSON");
    token = next(tokens);
  }
}

/** RFC 8785, but for numbers, which keep their text. */
function canonical(value) {
  if (value instanceof Lexeme) return value.text;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const member = (name) => `${JSON.stringify(name)}:${canonical(value.get(name))}`;
  return `{${[...value.keys()].sort().map(member).join(",")}}`;
}

/* SHAPES: a check, a list with one shape, or members, where a name with ? may be absent */

const text = (pattern) => (value) => typeof value === "string" && pattern.test(value);
const natural = (least, limit) => (value) =>
  value instanceof Lexeme && /^-?\d{1,17}$/.test(value.text) && inside(value, least, limit);
const inside = (value, least, limit) => least <= number(value) && number(value) < limit;
const number = (value) => Number(value.text);
const orNull = (check) => (value) => value === null || check(value);

function moment(value) {
  if (!text(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)(value) || value < "1970") return false;
  const found = new Date(value);
  return !Number.isNaN(found.getTime()) && found.toISOString() === value.replace("Z", ".000Z");
}

// base64url as an encoder writes it: what the last letter does not need is zero.
const PATH = text(/^(?:[\w-]{128})*(?:[\w-]{42}[AEIMQUYcgkosw048]|[\w-]{85}[AQgw])?$/);
const ROOT = text(/^[\w-]{42}[AEIMQUYcgkosw048]$/);
const SIGNATURE = text(/^[\w-]{86}[AEIMQUYcgkosw048]$/);
const SALT = text(/^[\w-]{21}[AQgw]$/);
const TEXT = text(/^[^\ud800-\udfff]*$/u);
const HASH = text(/^0x[0-9a-f]{64}$/);
const ADDRESS = text(/^0x[0-9a-f]{40}$/);
const HANDLE = text(/^[1-9][0-9]{15,38}$/);
const [COUNT, INDEX, BYTE] = [natural(1, MAX_SIZE), natural(0, MAX_SIZE), natural(0, 256)];
const TREE = { path: PATH, size: COUNT };
const BRANCH = { ...TREE, index: INDEX };
const WINDOW = { valid_from: moment, valid_until: orNull(moment) };
const NETWORK = { custody: ADDRESS, nodes: [ADDRESS], quorum: natural(1, 2 ** 16) };
const HEADER = {
  fhir: text(/^[0-9.]{1,16}$/),
  previous: HASH,
  record: (value) => INDEX(value) || HANDLE(value),
  salt: HASH,
  sealed_at: moment,
  source: ADDRESS,
  subject_commitment: HASH,
  v: natural(1, 2),
  version: INDEX,
};
const PROOF = {
  anchor: { batch: INDEX, block: INDEX, chain: INDEX, contract: ADDRESS, tx: ROOT },
  batch: BRANCH,
  checkpoint: { signatures: [SIGNATURE], size: COUNT, time: moment },
  digest: SALT,
  disclosed: [{ index: INDEX, path: orNull(TEXT), salt: SALT, value: TEXT }],
  field: TREE,
  header: HEADER,
  log: { path: PATH, "since?": TREE },
  network: NETWORK,
  objects_root: ROOT,
  roots: text(/^[\w-]{32}$/),
  section: { ...BRANCH, kind: BYTE, section: BYTE },
  source: { ...WINDOW, name: TEXT },
  source_signature: SIGNATURE,
  v: natural(2, 3),
  version: BRANCH,
};
const TRUST = {
  ...NETWORK,
  chain: COUNT,
  contract: ADDRESS,
  "last?": { root: HASH, size: COUNT },
  "revoked?": [text(/^0x(?:[0-9a-f]{40}|[0-9a-f]{64})$/)],
  "sources?": [{ ...WINDOW, key: ADDRESS, organization: ADDRESS, "name?": TEXT }],
  "v?": natural(1, 2),
};

function read(value, shape, where, step) {
  if (typeof shape === "function") {
    if (!shape(value)) throw new Failed(step, `${where} is not well formed`);
  } else if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw new Failed(step, `${where} is not a list`);
    value.forEach((each, index) => read(each, shape[0], `${where}[${index}]`, step));
  } else readMembers(value, shape, where, step);
}

function readMembers(value, shape, where, step) {
  if (!(value instanceof Map)) throw new Failed(step, `${where} is not an object`);
  const known = new Set(Object.keys(shape).map((name) => name.replace("?", "")));
  const unknown = [...value.keys()].filter((name) => !known.has(name)).length;
  if (unknown) throw new Failed(step, `${where} has ${unknown} unknown members`);
  for (const name of Object.keys(shape).sort()) {
    const key = name.replace("?", "");
    if (value.has(key)) read(value.get(key), shape[name], `${where}.${key}`, step);
    else if (key === name) throw new Failed(step, `${where} lacks ${name}`);
  }
}

function readProof(raw) {
  const proof = parse(raw);
  read(proof, PROOF, "proof", "schema");
  if (!equal(utf8(canonical(proof)), raw))
    throw new Failed("schema", "the proof is not in canonical form");
  if (proof.get("disclosed").length === 0) throw new Failed("schema", "the proof discloses nothing");
  return proof;
}
