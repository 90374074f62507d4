'use strict';
// Tools shared by the package tests.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {run} = require('../e2e/harness.js');

const {BUILD, WORK, SANITIZE} = process.env;

/** Runs a program that must succeed; returns its output. */
async function succeeds(file, args, options) {
  const ended = await run(file, args, {timeout: 500_000, ...options});
  assert.equal(ended.code, 0, `${file} ${args.join(' ')}\n${ended.stdout}${ended.stderr}`);
  return ended.stdout;
}

/** The files below a folder, as paths from it. */
function filesIn(directory) {
  return fs.readdirSync(directory, {recursive: true, withFileTypes: true})
      .filter(entry => !entry.isDirectory())
      .map(entry => path.relative(directory, path.join(entry.parentPath ?? entry.path, entry.name)))
      .sort();
}

/** Installs a component, or the default ones if none is named, into a separate folder; returns that. */
async function install(component) {
  const prefix = path.join(WORK, component || 'default');
  fs.rmSync(prefix, {recursive: true, force: true});
  await succeeds('cmake', ['--install', BUILD, '--prefix', prefix, ...(component ? ['--component', component] : [])]);
  return prefix;
}

module.exports = {BUILD, WORK, SANITIZE, succeeds, filesIn, install};
