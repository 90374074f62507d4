'use strict';
// The Debian packages of this build: their content, their dependencies, and their SBOMs. deploy/debian/try.sh, which
// needs Debian's archive, tests that they install and run on a bare Debian 12.

const {test, before} = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const {root} = require('../e2e/harness.js');
const {BUILD, WORK, SANITIZE, succeeds, filesIn} = require('./tools.js');

const version = fs.readFileSync(path.join(root, 'CMakeLists.txt'), 'utf8').match(/VERSION (\d+\.\d+\.\d+) LANGUAGES/)[1];
const names = ['libwebex-gateway-client-dev', 'webex-gateway', 'webex-sandbox', 'webexctl'];
const packages = new Map();  // by name: its fields, and the folder that it is unpacked in

/** The names of a field's packages, without those that only a build with sanitizers has. (Such a build has no mimalloc.) */
const listed = field => (field ?? '').split(/,\s*/).map(item => item.split(' ')[0]).filter(name => name && !/^lib(a|ub|t)san\d$/.test(name));

/** [section] of deploy/packages.txt. */
const section = name => fs.readFileSync(path.join(root, 'deploy/packages.txt'), 'utf8')
                            .split(/^\[/m).find(text => text.startsWith(`${name}]\n`)).match(/^[a-z]\S*(?<!\])$/gm);

before(async () => {
  fs.rmSync(WORK, {recursive: true, force: true});
  await succeeds('cpack', [
    '--config', path.join(BUILD, 'CPackConfig.cmake'), '-B', WORK, '-D', 'CPACK_DEBIAN_COMPRESSION_TYPE=gzip'
  ]);
  const debs = fs.readdirSync(WORK).filter(name => name.endsWith('.deb')).sort();
  const architecture = (await succeeds('dpkg', ['--print-architecture'])).trim();
  assert.deepEqual(debs, names.map(name => `${name}_${version}-1_${architecture}.deb`));
  for (const name of names) {
    const deb = path.join(WORK, `${name}_${version}-1_${architecture}.deb`);
    const folder = path.join(WORK, name);
    await succeeds('dpkg-deb', ['--raw-extract', deb, folder]);
    const fields = Object.fromEntries((await succeeds('dpkg-deb', ['--field', deb])).split(/\n(?! )/).map(line => line.split(/: (.*)/s)));
    packages.set(name, {fields, folder, files: filesIn(folder).filter(file => !file.startsWith('DEBIAN/'))});
  }
});

test('each package has its program, and the gateway\'s has no sandbox', () => {
  const programs = name => packages.get(name).files.filter(file => file.startsWith('usr/bin/'));
  assert.deepEqual(programs('webex-gateway'), ['usr/bin/webex-gateway']);
  assert.deepEqual(programs('webexctl'), ['usr/bin/webexctl']);
  assert.deepEqual(programs('webex-sandbox'), ['usr/bin/webex-sandbox']);
  assert.deepEqual(programs('libwebex-gateway-client-dev'), []);
  for (const {fields} of packages.values()) {
    assert.equal(fields.Version, `${version}-1`);
    assert.doesNotMatch(`${fields.Depends} ${fields.Recommends}`, /webex-sandbox/);
  }
  assert.ok(packages.get('webex-gateway').files.includes('usr/lib/systemd/system/webex-gateway.service'));
});

test('no file is in two packages, none is outside /usr, and each belongs to root and may be read', async () => {
  const all = [...packages.values()].flatMap(({files}) => files);
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(all.filter(file => !file.startsWith('usr/')), []);
  for (const deb of fs.readdirSync(WORK).filter(name => name.endsWith('.deb'))) {
    for (const line of (await succeeds('dpkg-deb', ['--contents', path.join(WORK, deb)])).trim().split('\n')) {
      assert.match(line, /^(drwxr-xr-x|-rwxr-xr-x|-rw-r--r--) root\/root /);
    }
  }
});

test('a program\'s package depends on the packages that it loads', () => {
  const ours = ['webex-gateway', 'webexctl'].flatMap(name => listed(packages.get(name).fields.Depends));
  const wanted = section('runtime').filter(name => !(SANITIZE && name.startsWith('libmimalloc')));
  assert.deepEqual([...new Set(ours)].sort(), wanted.sort());
  const unversioned = packages.get('webex-gateway').fields.Depends.split(', ').filter(item => !item.includes('(>='));
  assert.deepEqual(listed(unversioned.join(', ')), ['ca-certificates']);
});

test('the client\'s package depends on what its files for CMake and pkg-config ask for', async () => {
  const {fields, folder} = packages.get('libwebex-gateway-client-dev');
  const wanted = new Set();
  const [file] = filesIn(folder).filter(name => name.endsWith('.pc'));
  const requires = fs.readFileSync(path.join(folder, file), 'utf8').match(/^Requires: (.*)$/m)[1].split(' ');
  for (const name of requires) {
    const directory = (await succeeds('pkg-config', ['--variable=pcfiledir', name])).trim();
    wanted.add((await succeeds('dpkg-query', ['--search', `${directory}/${name}.pc`])).split(':')[0]);
  }
  for (const name of wanted) assert.ok(listed(fields.Depends).includes(name), `${name} is missing in Depends: ${fields.Depends}`);
});

test('the scripts are executable shell scripts, and leave the ledger alone', async () => {
  const folder = path.join(packages.get('webex-gateway').folder, 'DEBIAN');
  for (const name of ['postinst', 'prerm', 'postrm']) {
    const script = path.join(folder, name);
    assert.equal(fs.statSync(script).mode & 0o777, 0o755);
    assert.doesNotMatch(fs.readFileSync(script, 'utf8').replaceAll(/^#.*$/gm, ''), /\brm\b|\/var\/lib|\/etc/);
    await succeeds('sh', ['-n', script]);
  }
});

test('each package states that no licence is given, and its changes up to this version', async () => {
  for (const [name, {folder}] of packages) {
    const doc = path.join(folder, 'usr/share/doc', name);
    assert.match(fs.readFileSync(path.join(doc, 'copyright'), 'utf8'), /^License: none$/m);
    const changes = await succeeds('zcat', [path.join(doc, 'changelog.gz')]);
    assert.equal(changes.match(/^## (\S+)$/m)[1], version, 'deploy/CHANGELOG.md has no section of this version');
  }
});

/** What SPDX 2.3 asks of a document (clauses 6, 7 and 11, as its JSON schema has them). */
function checkSpdx(sbom) {
  assert.equal(sbom.spdxVersion, 'SPDX-2.3');
  assert.equal(sbom.dataLicense, 'CC0-1.0');
  assert.equal(sbom.SPDXID, 'SPDXRef-DOCUMENT');
  assert.match(sbom.documentNamespace, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(sbom.creationInfo.created, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.match(sbom.creationInfo.creators[0], /^Tool: \S+-\S+$/);
  const ids = sbom.packages.map(({SPDXID}) => SPDXID);
  assert.equal(new Set(ids).size, ids.length);
  for (const item of sbom.packages) {
    assert.match(item.SPDXID, /^SPDXRef-[A-Za-z0-9.-]+$/);
    assert.equal(item.downloadLocation, 'NOASSERTION');
    assert.equal(item.filesAnalyzed, false);
    assert.ok(item.name && item.versionInfo);
    for (const {referenceCategory, referenceType, referenceLocator} of item.externalRefs ?? []) {
      assert.equal(`${referenceCategory} ${referenceType}`, 'PACKAGE-MANAGER purl');
      assert.match(referenceLocator, /^pkg:deb\/debian\/[a-z0-9.%-]+@[A-Za-z0-9.%~-]+\?arch=\w+&distro=debian-\d+$/i);
    }
  }
  for (const {spdxElementId, relationshipType, relatedSpdxElement} of sbom.relationships) {
    assert.ok(['DESCRIBES', 'DYNAMIC_LINK', 'STATIC_LINK', 'DEPENDS_ON', 'BUILD_DEPENDENCY_OF'].includes(relationshipType));
    for (const id of [spdxElementId, relatedSpdxElement]) assert.ok(id === 'SPDXRef-DOCUMENT' || ids.includes(id), id);
  }
}

test('each package has its SBOM: what the program loads, with its version, what is linked in, and whose headers are compiled in', async () => {
  for (const [name, {folder, fields}] of packages) {
    const sbom = JSON.parse(fs.readFileSync(path.join(folder, 'usr/share/doc', name, 'sbom.spdx.json'), 'utf8'));
    checkSpdx(sbom);
    const [main, ...parts] = sbom.packages;
    assert.equal(`${main.name} ${main.versionInfo} ${main.licenseDeclared}`, `${name} ${version} NONE`);
    for (const part of parts) {
      const installed = await succeeds('dpkg-query', ['--show', '--showformat=${Version}', part.name]);
      assert.equal(part.versionInfo, installed, part.name);
    }
    const nameOf = id => sbom.packages.find(({SPDXID}) => SPDXID === id).name;
    const related = type => sbom.relationships.filter(({relationshipType}) => relationshipType === type);
    const loaded = related('DYNAMIC_LINK').map(({relatedSpdxElement}) => nameOf(relatedSpdxElement));
    const depends = listed(fields.Depends).filter(item => item !== 'ca-certificates');
    if (name.endsWith('-dev')) {
      assert.deepEqual(loaded, []);
    } else {
      assert.deepEqual(listed(loaded.join(', ')).sort(), depends.sort(), name);
    }
    const linked = related('STATIC_LINK').map(({relatedSpdxElement}) => nameOf(relatedSpdxElement));
    const isStatic = SANITIZE === '' && !name.endsWith('-dev');
    assert.equal(linked.includes('libabsl-dev'), isStatic, linked.join());
    const compiled = related('BUILD_DEPENDENCY_OF').map(({spdxElementId}) => nameOf(spdxElementId));
    assert.ok(compiled.includes('libabsl-dev') && compiled.includes('libstdc++-12-dev'), compiled.join());
    assert.equal(compiled.includes('libcpprest-dev'), name === 'webex-gateway');
  }
});
