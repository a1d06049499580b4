/* Answers a batch of cases from standard input: [{proof, trust}], both base64. */
import { readFileSync } from "node:fs";
import { parse, verify } from "../verifier.mjs";

const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map(({ proof, trust }) => verify(bytes(proof), parse(bytes(trust))));
process.stdout.write(JSON.stringify(answers));
