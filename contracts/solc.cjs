#!/usr/bin/env node
// The compiler of the npm package `solc` behind the two options of the native one that forge uses,
// so that nothing is downloaded. Other options (search paths) are of no use here: forge puts every
// source into its request.
"use strict";
const { readFileSync } = require("node:fs");
const solc = require("solc");

const options = process.argv.slice(2);
if (options.includes("--version")) {
  process.stdout.write(`solc, the solidity compiler\nVersion: ${solc.version()}\n`);
} else if (options.includes("--standard-json")) {
  process.stdout.write(`${solc.compile(readFileSync(0, "utf8"))}\n`);
} else {
  process.stderr.write("usage: solc.cjs --version | --standard-json < request.json\n");
  process.exitCode = 2;
}
