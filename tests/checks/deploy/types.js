'use strict';
// Checks plain data against a TypeScript type with its compiler: no unknown fields, none missing.

const {spawnSync} = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const modules = process.env.NODE_PATH;

// Plain<T> is T in JSON form: enumeration values are strings.
const plain = 'type Plain<T> = T extends string ? `${T}` : T extends object ? {[K in keyof T]: Plain<T[K]>} : T;';

// Without an error here the compiler complains about the line before.
const proof = '// @ts-expect-error\nexport const bad: Plain<{known?: string}> = {unknown: "any"};';

/** The faults of `values`, each {module, type, value}; '' if there are none. */
function typeFaults(values) {
  const declarations = values.map(({module, type, value}, i) => {
    return `export const value${i}: Plain<import('${module}').${type}> = ${JSON.stringify(value, null, 1)};`;
  });
  const source = [plain, proof, ...declarations].join('\n');
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'webex-gateway-'));
  try {
    fs.symlinkSync(modules, path.join(folder, 'node_modules'));
    fs.writeFileSync(path.join(folder, 'values.ts'), source);
    const compilerOptions = {module: 'commonjs', noEmit: true, pretty: false, skipLibCheck: true, strict: true, types: []};
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({compilerOptions, files: ['values.ts']}));
    const run = spawnSync(path.join(modules, '.bin', 'tsc'), {cwd: folder, encoding: 'utf8'});
    if (run.status === 0) return '';
    const lines = source.split('\n');
    return run.stdout?.replace(/values\.ts\((\d+),\d+\)/g, (place, line) => lines[line - 1].trim()) || String(run.error);
  } finally {
    fs.rmSync(folder, {recursive: true});
  }
}

module.exports = {typeFaults};
