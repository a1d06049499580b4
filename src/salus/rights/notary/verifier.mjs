/* Checks an offline bundle of Salus (`application/vnd.salus.proof+json`). No network, no packages.

This file stands alone, in a browser as in Node 18 or later; `verifier.py` says what a trust file
holds, and makes the same checks in the same order:

    node verifier.mjs proof.json --trust trust.json
    import { parse, verify } from "./verifier.mjs";
    verify(bytesOfProof, parse(bytesOfTrustFile))
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

/** `{valid, step, reason, logRoot}`: the root of the log, or the first step that failed. */
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

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/.source;
const TOKEN = new RegExp(`[ \\t\\n\\r]*(?:([[\\]{}:,"])|(${NUMBER})|(true|false|null))`, "y");
const SPACE = /[ \t\n\r]*$/y;

/** A JSON value with objects as Map, or null for what is none. */
export function parse(raw) {
  try {
    if (raw.length > MAX_BYTES) return null;
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(raw);
    const tokens = { text, at: 0 };
    const value = parseValue(tokens, next(tokens), MAX_DEPTH);
    SPACE.lastIndex = tokens.at;
    return SPACE.test(text) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

function next(tokens) {
  TOKEN.lastIndex = tokens.at;
  const [, mark, number, word] = TOKEN.exec(tokens.text) ?? refuse();
  const start = TOKEN.lastIndex - 1;
  tokens.at = mark === '"' ? stringEnd(tokens.text, start) : TOKEN.lastIndex;
  if (mark === '"') return { value: JSON.parse(tokens.text.slice(start, tokens.at)) };
  if (mark !== undefined) return { mark };
  return { value: number === undefined ? JSON.parse(word) : new Lexeme(number) };
}

/** After the closing quote: one with an even number of backslashes before it. */
function stringEnd(text, start) {
  for (let end = text.indexOf('"', start + 1); end > 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
  return refuse();
}

function refuse() {
  throw new SyntaxError("not JSON");
}

function parseValue(tokens, { mark, value }, depth) {
  if (mark === undefined) return value;
  if (mark === "[" && depth > 0) return parseList(tokens, depth - 1);
  if (mark === "{" && depth > 0) return parseObject(tokens, depth - 1);
  return refuse();
}

function parseList(tokens, depth) {
  const list = [];
  let token = next(tokens);
  if (token.mark === "]") return list;
  for (;;) {
    list.push(parseValue(tokens, token, depth));
    const { mark } = next(tokens);
    if (mark === "]") return list;
    token = mark === "," ? next(tokens) : refuse();
  }
}

function parseObject(tokens, depth) {
  const members = new Map();
  let token = next(tokens);
  if (token.mark === "}") return members;
  for (;;) {
    const name = token.value;
    if (typeof name !== "string" || members.has(name) || next(tokens).mark !== ":") refuse();
    members.set(name, parseValue(tokens, next(tokens), depth));
    const { mark } = next(tokens);
    if (mark === "}") return members;
    token = mark === "," ? next(tokens) : refuse();
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
  value instanceof Lexeme &&
  /^(?:0|[1-9]\d{0,16})$/.test(value.text) &&
  least <= Number(value.text) &&
  Number(value.text) < limit;
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
  if (proof.get("disclosed").length === 0)
    throw new Failed("schema", "the proof discloses nothing");
  return proof;
}

/* FROM A VALUE TO THE LOG OF BATCHES */

/** The root above leaves at their indexes, or null when indexes or path do not fit the size. */
export function climb(leaves, size, path) {
  let level = [...leaves].sort(([one], [other]) => one - other);
  if (level.length === 0 || level[0][0] < 0 || level.at(-1)[0] >= size) return null;
  let at = 0;
  const step = () => path.subarray(at, (at += 32));
  while (size > 1) {
    const [known, above] = [new Map(level), new Map()];
    for (const [index, hash] of level) {
      const [beside, up] = [index % 2 ? index - 1 : index + 1, Math.floor(index / 2)];
      if (beside >= size) above.set(up, hash);
      else if (!above.has(up)) {
        const other = known.get(beside) ?? step();
        above.set(up, index % 2 ? node(other, hash) : node(hash, other));
      }
    }
    [level, size] = [[...above], Math.ceil(size / 2)];
  }
  return at === path.length ? level[0][1] : null;
}

function climbed(step, leaves, tree, hint) {
  const root = climb(leaves, natOf(tree, "size"), base64(tree.get("path")));
  if (root === null || !equal(root.subarray(0, 4), hint))
    throw new Failed(step, `the path of the ${step} does not lead to its root`);
  return root;
}

const natOf = (members, name) => Number(members.get(name).text);
const leaf = (...parts) => sha256(bytes([0]), ...parts);
const node = (left, right) => sha256(bytes([1]), left, right);

/** From the disclosed values to the version root, which the source signed. */
function checkVersion(proof) {
  const hints = base64(proof.get("roots"));
  const [field, section, version] = ["field", "section", "version"].map((name) => proof.get(name));
  const resource = climbed("field", opened(proof), field, hints.subarray(0, 4));
  const inSection = new Map([[natOf(section, "index"), leaf(bytes([0x20]), resource)]]);
  const root = climbed("section", inSection, section, hints.subarray(4, 8));
  if (natOf(version, "index") === 0)
    throw new Failed("version", "the first leaf of a version is its header");
  const unit = bytes([0x30, natOf(section, "section"), natOf(section, "kind")]);
  const leaves = new Map([
    [0, leaf(bytes([0x31]), utf8(canonical(proof.get("header"))))],
    [natOf(version, "index"), leaf(unit, root)],
  ]);
  return climbed("version", leaves, version, hints.subarray(8, 12));
}

function opened(proof) {
  const [leaves, last] = [new Map(), natOf(proof.get("field"), "size") - 1];
  let before = -1;
  for (const each of proof.get("disclosed")) {
    const [index, path] = [natOf(each, "index"), each.get("path")];
    if (index <= before || (path === null) !== (index === last))
      throw new Failed("field", "the disclosed values are not in their order");
    const [salt, value] = [base64(each.get("salt")), utf8(each.get("value"))];
    const name = utf8(path ?? "").subarray(0, 2 ** 16 - 1); // what is longer was never committed
    const named = [bytes([0x10]), salt, bigEndian(name.length, 2), name, value];
    leaves.set(index, path === null ? leaf(bytes([0x11]), salt, value) : leaf(...named));
    before = index;
  }
  return leaves;
}

/** From the version root to the root of the anchor log, which nodes signed. */
function checkLog(proof, version) {
  const [hints, batch] = [base64(proof.get("roots")), proof.get("batch")];
  const anchor = proof.get("anchor");
  const record = node(version, base64(proof.get("objects_root")));
  if (!equal(record.subarray(0, 4), hints.subarray(12, 16)))
    throw new Failed("record", "version and objects lead to another record root");
  const inBatch = new Map([[natOf(batch, "index"), leaf(bytes([0x40]), record)]]);
  const root = climbed("batch", inBatch, batch, hints.subarray(16, 20));
  const number = natOf(anchor, "batch");
  const where = [bigEndian(natOf(anchor, "chain"), 8), fromHex(anchor.get("contract"))];
  const inLog = new Map([[number, leaf(bytes([0x50]), ...where, bigEndian(number, 8), root)]]);
  const tree = new Map([...proof.get("log"), ["size", proof.get("checkpoint").get("size")]]);
  return climbed("log", inLog, tree, hints.subarray(20));
}

/* SIGNATURES, AND WHAT THE READER BELIEVES */

function checkCheckpoint(proof, trust, root) {
  const [anchor, checkpoint] = [proof.get("anchor"), proof.get("checkpoint")];
  const [chain, contract] = [natOf(anchor, "chain"), anchor.get("contract")];
  if (chain !== natOf(trust, "chain") || contract !== trust.get("contract")) {
    const found = `${chain} with the contract ${contract}`;
    throw new Failed("checkpoint", `this is a proof of another chain: ${found}`);
  }
  const [size, time] = [natOf(checkpoint, "size"), Date.parse(checkpoint.get("time")) / 1000];
  const kind = "Checkpoint(uint64 size,bytes32 root,uint64 time)";
  const words = [bigEndian(size, 32), root, bigEndian(time, 32)];
  const signed = typedDigest(domain("Salus Anchors", chain, contract), kind, words);
  const signers = new Set(checkpoint.get("signatures").map((each) => signer(signed, each)));
  const known = new Set(trust.get("nodes").filter((each) => signers.has(each))).size;
  const needed = natOf(trust, "quorum");
  if (known < needed)
    throw new Failed("checkpoint", `${known} of ${needed} needed signatures are of trusted nodes`);
  checkLast(proof.get("log").get("since"), trust.get("last"), size, root);
}

/** That the log is neither older than, nor a fork of the newest one that the reader knows. */
function checkLast(since, last, size, root) {
  if (last === undefined) return;
  const old = { size: natOf(last, "size"), root: fromHex(last.get("root")) };
  if (size < old.size)
    throw new Failed("checkpoint", "its log is older than one that the reader knows");
  const shown = since === undefined ? size : natOf(since, "size");
  const path = since === undefined ? bytes([]) : base64(since.get("path"));
  if ((size === old.size || shown === old.size) && !extendsLog(old, { size, root }, path))
    throw new Failed("checkpoint", "its log does not extend the one that the reader knows");
}

/** Whether a log extends one that is no larger (RFC 9162 section 2.1.4.2). */
export function extendsLog(first, second, path) {
  if (first.size === second.size) return equal(first.root, second.root);
  let [at, last] = [first.size - 1, second.size - 1];
  const up = () => ([at, last] = [Math.floor(at / 2), Math.floor(last / 2)]);
  while (at % 2) up();
  const steps = [];
  for (let from = 0; from < path.length; from += 32) steps.push(path.subarray(from, from + 32));
  let old = at && steps.length ? steps.shift() : first.root;
  let all = old;
  for (const step of steps) {
    if (last === 0) return false;
    if (at % 2 || at === last) {
      [old, all] = [node(step, old), node(step, all)];
      while (at && at % 2 === 0) up();
    } else all = node(all, step);
    up();
  }
  return last === 0 && equal(old, first.root) && equal(all, second.root);
}

/** That the source of the record signed, while it might, and that the reader believes it. */
function checkSource(proof, trust, version) {
  const [source, header] = [proof.get("source"), proof.get("header")];
  const [organization, moment] = [header.get("source"), header.get("sealed_at")];
  const where = domain("Salus Custody", natOf(trust, "chain"), trust.get("custody"));
  const signed = typedDigest(where, "Version(bytes32 root)", [version]);
  const key = signer(signed, proof.get("source_signature"));
  const own = new Map([...source, ["key", organization], ["organization", organization]]);
  const known = (trust.get("sources") ?? [own]).filter(
    (each) => each.get("organization") === organization && each.get("key") === key,
  );
  if (known.length === 0)
    throw new Failed("source", "the key that signed is no key of the source of the record");
  const covers = (each) =>
    each.get("valid_from") <= moment &&
    (each.get("valid_until") === null || moment < each.get("valid_until"));
  if (!known.some(covers))
    throw new Failed("source", "the key of the source was not valid when it signed");
  const revoked = trust.get("revoked") ?? [];
  if (revoked.includes(key) || revoked.includes(organization))
    throw new Failed("revocation", "the source of this record is revoked");
  if (revoked.includes("0x" + hex(version)))
    throw new Failed("revocation", "this version of the record is revoked");
}

function checkDigest(proof) {
  const rest = new Map([...proof].filter(([name]) => name !== "digest"));
  const found = sha256(utf8("salus/proof/2\0"), utf8(canonical(rest)));
  if (!equal(found.subarray(0, 16), base64(proof.get("digest"))))
    throw new Failed("digest", "the proof was changed after it was made");
}

const typedDigest = (domain, kind, words) =>
  keccak256(bytes([0x19, 1]), domain, keccak256(keccak256(utf8(kind)), ...words));

function domain(name, chain, contract) {
  const kind = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)";
  const words = [keccak256(utf8(name)), keccak256(utf8("1")), bigEndian(chain, 32)];
  return keccak256(keccak256(utf8(kind)), ...words, new Uint8Array(12), fromHex(contract));
}

/* SECP256K1 */

const P = 2n ** 256n - 2n ** 32n - 977n;
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const G = [
  0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n,
  0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8n,
];

/** The address that signed, or null; v is 27 or 28 and s is low. */
function signer(digest, signature) {
  const raw = base64(signature);
  const [r, s, v] = [integer(raw.subarray(0, 32)), integer(raw.subarray(32, 64)), raw[64]];
  if ((v !== 27 && v !== 28) || r === 0n || r >= N || s === 0n || s > N / 2n) return null;
  const square = (r * r * r + 7n) % P;
  let y = power(square, (P + 1n) / 4n, P);
  if ((y * y) % P !== square) return null;
  if (y % 2n !== BigInt(v - 27)) y = P - y;
  const inverse = power(r, N - 2n, N);
  const ofG = modulo(-integer(digest) * inverse, N);
  const key = affine(sum([...G], ofG, [r, y], (s * inverse) % N));
  if (key === null) return null;
  return "0x" + hex(keccak256(bigEndian(key[0], 32), bigEndian(key[1], 32)).subarray(12));
}

const modulo = (value, by) => ((value % by) + by) % by;

function power(base, exponent, by) {
  let result = 1n;
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % by;
    base = (base * base) % by;
  }
  return result;
}

/** `one * a + other * b` as [X, Y, Z]: x = X / Z^2, y = Y / Z^3; Z = 0 is the point at infinity. */
function sum(one, a, other, b) {
  const points = [null, [...one, 1n], [...other, 1n], add([...one, 1n], [...other, 1n])];
  let found = [0n, 1n, 0n];
  for (let bit = 255n; bit >= 0n; bit -= 1n) {
    found = double(found);
    const which = Number(((a >> bit) & 1n) + 2n * ((b >> bit) & 1n));
    if (which) found = add(found, points[which]);
  }
  return found;
}

function double([x, y, z]) {
  const square = (y * y) % P;
  const fourth = (4n * x * square) % P;
  const slope = (3n * x * x) % P;
  const doubled = modulo(slope * slope - 2n * fourth, P);
  return [doubled, modulo(slope * (fourth - doubled) - 8n * square * square, P), (2n * y * z) % P];
}

function add(one, other) {
  if (one[2] === 0n || other[2] === 0n) return one[2] === 0n ? other : one;
  const [[x1, y1, z1], [x2, y2, z2]] = [one, other];
  const [u, s] = [(x1 * z2 * z2) % P, (y1 * z2 * z2 * z2) % P];
  const across = modulo(x2 * z1 * z1 - u, P);
  const along = modulo(y2 * z1 * z1 * z1 - s, P);
  if (across === 0n) return along === 0n ? double(one) : [0n, 1n, 0n];
  const [squared, cubed] = [(across * across) % P, (across * across * across) % P];
  const x = modulo(along * along - cubed - 2n * u * squared, P);
  return [x, modulo(along * (u * squared - x) - s * cubed, P), (across * z1 * z2) % P];
}

function affine([x, y, z]) {
  if (z === 0n) return null;
  const inverse = power(z, P - 2n, P);
  return [(x * inverse * inverse) % P, (y * inverse * inverse * inverse) % P];
}

/* HASHES */

const fraction = (value) => Math.floor((value - Math.floor(value)) * 2 ** 32);
const PRIMES = Array.from({ length: 310 }, (_, each) => each + 2).filter(
  (each) => ![...Array(each).keys()].slice(2).some((divisor) => each % divisor === 0),
);
// FIPS 180-4: the first bits of the fractions of the roots of the first primes.
const ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

function sha256(...parts) {
  const content = join(parts);
  const padded = new Uint8Array(Math.ceil((content.length + 9) / 64) * 64);
  padded.set(content);
  padded[content.length] = 0x80;
  padded.set(bigEndian(content.length * 8, 8), padded.length - 8);
  const [view, state, words] = [new DataView(padded.buffer), [...START], new Int32Array(64)];
  for (let block = 0; block < padded.length; block += 64) {
    for (let at = 0; at < 16; at += 1) words[at] = view.getInt32(block + 4 * at);
    compress(state, words);
  }
  return join(state.map((each) => bigEndian(each >>> 0, 4)));
}

const right = (word, by) => (word >>> by) | (word << (32 - by));

function compress(state, words) {
  for (let at = 16; at < 64; at += 1) {
    const [one, two] = [words[at - 15], words[at - 2]];
    const low = right(one, 7) ^ right(one, 18) ^ (one >>> 3);
    const high = right(two, 17) ^ right(two, 19) ^ (two >>> 10);
    words[at] = words[at - 16] + low + words[at - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const choice = (e & f) ^ (~e & g);
    const turned = right(e, 6) ^ right(e, 11) ^ right(e, 25);
    const one = (h + turned + choice + ROUNDS[at] + words[at]) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const two = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + majority;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((each, at) => (state[at] = (state[at] + each) | 0));
}

const MASK = 2n ** 64n - 1n;
const RATE = 136;
const left = (lane, by) => ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & MASK;
const FIVE = [0, 1, 2, 3, 4];

/** Keccak-256 as Ethereum uses it: the padding is that of before the standard. */
function keccak256(...parts) {
  const content = join(parts);
  const padded = new Uint8Array((Math.floor(content.length / RATE) + 1) * RATE);
  padded.set(content);
  padded[content.length] = 1;
  padded[padded.length - 1] |= 0x80;
  const [view, lanes] = [new DataView(padded.buffer), Array(25).fill(0n)];
  for (let block = 0; block < padded.length; block += RATE) {
    for (let at = 0; at < RATE / 8; at += 1) lanes[at] ^= view.getBigUint64(block + 8 * at, true);
    permute(lanes);
  }
  const found = new DataView(new ArrayBuffer(32));
  lanes.slice(0, 4).forEach((lane, at) => found.setBigUint64(8 * at, lane, true));
  return new Uint8Array(found.buffer);
}

function permute(lanes) {
  for (let round = 0, shift = 1; round < 24; round += 1) {
    const sums = FIVE.map((x) => FIVE.reduce((all, y) => all ^ lanes[x + 5 * y], 0n));
    lanes.forEach((_, at) => (lanes[at] ^= sums[(at + 4) % 5] ^ left(sums[(at + 1) % 5], 1)));
    for (let [step, x, y, moved] = [0, 1, 0, lanes[1]]; step < 24; step += 1) {
      [x, y] = [y, (2 * x + 3 * y) % 5];
      const turned = left(moved, (((step + 1) * (step + 2)) / 2) % 64);
      [moved, lanes[x + 5 * y]] = [lanes[x + 5 * y], turned];
    }
    for (const y of FIVE) {
      const row = lanes.slice(5 * y, 5 * y + 5);
      for (const x of FIVE)
        lanes[x + 5 * y] = row[x] ^ (~row[(x + 1) % 5] & MASK & row[(x + 2) % 5]);
    }
    for (let bit = 0; bit < 7; bit += 1) {
      shift = ((shift << 1) ^ ((shift >> 7) * 0x71)) % 256;
      if (shift & 2) lanes[0] ^= 1n << BigInt(2 ** bit - 1);
    }
  }
}

/* BYTES */

const bytes = (numbers) => Uint8Array.from(numbers);
const utf8 = (value) => new TextEncoder().encode(value);
const hex = (raw) => [...raw].map((each) => each.toString(16).padStart(2, "0")).join("");
const fromHex = (value) =>
  bytes((value.slice(2).match(/../g) ?? []).map((pair) => parseInt(pair, 16)));
const integer = (raw) => BigInt("0x" + hex(raw));
const equal = (one, other) =>
  one.length === other.length && one.every((each, at) => each === other[at]);

function bigEndian(value, size) {
  const digits = BigInt(value).toString(16).padStart(2 * size, "0");
  return fromHex("0x" + digits);
}

const base64 = (value) =>
  Uint8Array.from(atob(value.replace(/-/g, "+").replace(/_/g, "/")), (each) => each.charCodeAt(0));

function join(parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
}

/* COMMAND */

/** Write the verdict; 0 when the proof is valid, 1 when not, 2 when called wrongly. */
async function main(process) {
  const { readFileSync, realpathSync } = await import("node:fs");
  const { pathToFileURL } = await import("node:url");
  const [, called, ...rest] = process.argv;
  if (!called || import.meta.url !== pathToFileURL(realpathSync(called)).href) return;
  try {
    const names = rest.filter((each) => each !== "--trust");
    if (names.length !== 2) throw new Error("two files are needed");
    const [proof, trust] = names.map((name) => readFileSync(name));
    const { valid, step, reason } = verify(proof, parse(trust));
    process.stdout.write(valid ? "valid\n" : `not valid: ${step}: ${reason}\n`);
    process.exitCode = valid ? 0 : 1;
  } catch (error) {
    const usage = "usage: node verifier.mjs proof.json --trust trust.json";
    process.stderr.write(`${usage} (${error.message})\n`);
    process.exitCode = 2;
  }
}

if (globalThis.process?.versions?.node) await main(globalThis.process);
