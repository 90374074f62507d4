'use strict';
// The admin port's page for people, in a browser, on a phone and a desktop, in light and dark mode. If WEBEX_PICTURES
// is set to a folder, a picture of each state is saved there.

const {test, before, after, afterEach} = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const {example, Sandbox, Gateway, webexctl} = require('./harness.js');
const {Browser} = require('./browser.js');

let browser, sandbox, gateway, page;

before(async () => {
  browser = await Browser.start();
});
after(async () => {
  await browser?.stop();
});
afterEach(async () => {
  await page?.close();
  await gateway?.stop();
  await sandbox?.stop();
});

async function open(args = []) {
  sandbox = await Sandbox.start();
  gateway = await Gateway.start(sandbox, args);
  page = await browser.open(`${gateway.adminUrl}/`);
}

/** Checks that the page fits, has made no other requests, and reported no errors. */
async function holds(name) {
  for (const scheme of ['light', 'dark']) {
    await page.scheme(scheme);
    for (const [width, height] of [[1280, 800], [360, 740]]) {
      await page.size(width, height);
      const needed = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(needed <= width, `${name} needs ${needed} pixels of ${width}`);
      if (process.env.WEBEX_PICTURES) await page.picture(path.join(process.env.WEBEX_PICTURES, `${name}-${scheme}-${width}.png`));
    }
  }
  for (const url of page.requests) assert.equal(new URL(url).origin, gateway.adminUrl, `the page asks ${url}`);
  assert.deepEqual(page.errors, []);
}

/** The page's status when all is well, except for `differs`. */
async function status(differs) {
  const usual = JSON.parse((await gateway.admin('/status.json')).body);
  return {...usual, ...differs};
}

test('says of a fresh gateway that it is ready and that there is nothing to do', async () => {
  await open();
  const text = await page.shows(/Ready\s+Orders are accepted. Nothing needs to be done./);
  for (const words of ['No order is unknown', '0 applied', '0 of 64', '0 of 1,000', 'no limit met', 'Ledger: SQLite']) {
    assert.ok(text.includes(words), words);
  }
  assert.match(await page.evaluate('document.title'), /^Ready · webex-gateway$/);
  await holds('fresh');
});

test('shows what nobody sees as escapes, wherever a text comes from', async () => {
  await open();
  await page.shows(/Ready/);
  const usual = await status({});
  const spoof = 'ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\x9b\x1b\x7f\u{e0041}Zürich 東京 🎉';
  const shown = String.raw`ac\u202eme\u2066\u2069\u200e\u200f\u061c\u2028\u2029\ufeff\u009b\u001b\u007f\udb40\udc41Zürich 東京 🎉`;
  const unknown = {requestId: `id-${spoof}`, since: usual.now - 90, gateway: `gw-${spoof}`, sendsUntil: usual.now + 90, reason: `why-${spoof}`};
  const group = {orderedSince: usual.now - 90, reason: `cause-${spoof}`, orders: 2};
  page.answer = {
    status: {
      ...usual,
      version: `v-${spoof}`,
      checks: [{name: 'token', trouble: `trouble-${spoof}`}],
      ledger: {...usual.ledger, unknown: 2, oldestUnknown: [unknown], unknownGroups: [group]},
    }
  };
  const text = await page.shows(/Not ready/);
  for (const words of ['v-', 'Trouble-', 'id-', 'why-', 'cause-']) assert.ok(text.includes(words + shown), `${words} in ${text}`);
  const all = await page.evaluate('document.documentElement.outerHTML');
  assert.doesNotMatch(all, /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u2028\u2029\ufeff]/);
});

test('forbids the browser everything that is not its own', async () => {
  await open();
  const policy = (await fetch(gateway.adminUrl)).headers.get('content-security-policy');
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  await page.shows(/Ready/);
  await page.evaluate(`document.body.append(Object.assign(document.createElement('script'), {text: 'document.title = "run"'}))`);
  assert.notEqual(await page.evaluate('document.title'), 'run');
  assert.match(page.errors.join(), /Content Security Policy/);
});

test('shows orders by what became of them, how long they took, and what is under way', async () => {
  await open();
  await page.shows(/0 applied/);
  for (let i = 0; i < 3; ++i) await gateway.provision({...example, userId: `user-${i}`});
  await gateway.provision(example);
  await gateway.provision({...example, provisioningId: ''});
  await sandbox.fault({kind: 'status', status: 403});
  await gateway.provision({...example, userId: 'refused'});
  const text = await page.shows(/4 applied/);
  assert.match(text, /2 not applied/);
  assert.match(text, /Succeeded\s+4/);
  assert.match(text, /longest, at most [\d.]+ m?s/);
  assert.equal(await page.evaluate(`document.querySelector('#rate-plot').getAttribute('aria-label')`),
      'Orders answered in the last 15 minutes: 4 applied, 2 not applied, 0 unknown when answered.');

  await sandbox.control('PUT', 'config', {latencyMs: 3000});
  const slow = gateway.provision({...example, userId: 'slow'});
  await page.shows(/1 of 64/);
  await holds('busy');
  await slow;
});

test('says which orders are unknown, for how long, and what to do, but not whose they are', async () => {
  await open();
  await sandbox.fault({kind: 'close', when: 'after'});
  const answer = await gateway.provision({...example, userId: 'secret-user@sp.com'});
  const id = answer.info.metadata.request_id;
  const text = await page.shows(/Ready, but an order is unknown/);
  assert.match(text, new RegExp(`${id}\\s+for \\d+ s\\s+WEBEX_ANSWER_LOST`));
  assert.match(text, new RegExp(`webexctl operations resolve ${id} --not_applied --note`));
  for (const secret of ['secret-user', 'Reseller1', 'Conference', '1212', 'sandbox-token']) {
    assert.ok(!(await page.evaluate('document.documentElement.outerHTML')).includes(secret), secret);
  }
  await holds('unknown');

  const args = ['operations', 'resolve', id, '--applied', '--workspace_id=w', '--note=seen', `--address=${gateway.address}`];
  const resolved = await webexctl(args);
  assert.equal(resolved.code, 0, resolved.stderr);
  await page.shows(/No order is unknown/);
});

test('counts the unknown orders of an outage by time and cause, and says both ways out', async () => {
  await open();
  await page.shows(/No order is unknown/);
  const usual = await status({});
  const group = (minutes, reason, orders) => ({orderedSince: usual.now - 60 * minutes, reason, orders});
  const unknownGroups = [group(15, 'WEBEX_INTERNAL', 188), group(30, 'WEBEX_INTERNAL', 1312), group(30, 'WEBEX_TIMEOUT', 1)];
  page.answer = {status: {...usual, ledger: {...usual.ledger, unknown: 1504, unknownGroups}}};
  const text = await page.shows(/1,504 orders are unknown/);
  const since = String.raw`\s+ordered since [\d:]+( [AP]M)?\s+`;
  assert.match(text, new RegExp(`188${since}WEBEX_INTERNAL\\s+1,312${since}WEBEX_INTERNAL\\s+1${since}WEBEX_TIMEOUT\\s+and 3 before these`));
  for (const way of ['webexctl operations summary', 'webexctl operations resolve --from=FILE', 'if_unknown = REPEAT']) {
    assert.ok(text.includes(way), way);
  }
  await holds('outage');
});

test('says that Webex fails, and that there is nothing to reset', async () => {
  await open();
  await sandbox.fault({kind: 'status', status: 503, count: 10});
  for (let i = 0; i < 10; ++i) await gateway.provision({...example, userId: `user-${i}`});
  const text = await page.shows(/Not ready: Webex fails; 10 orders are unknown\s+New orders are refused \(WEBEX_CIRCUIT_OPEN\), not applied\./);
  assert.match(text, /Webex has failed since \S+( [AP]M)?, for \d+ s \(HTTP status 503\); the next probe is sent in \d+ s\./);
  assert.match(text, /By\s+HTTP status 503\s+Next probe\s+in \d+ s/);
  assert.match(text, /Webex has failed too often recently, so nothing is sent for a while\./);
  assert.match(text, /Check status\.webex\.com/);
  assert.match(text, /10 orders are unknown/);
  assert.match(text, /\d+\s+ordered since .+\s+WEBEX_OVERLOADED/);
  assert.match(text, /open: nothing is sent/);
  await holds('breaker');
});

for (const [http, what, remedy] of [
       [401, "Webex refuses the gateway's token", 'has someone revoked it'],
       [403, 'Webex forbids the gateway to order', 'spark-admin:places_write']
     ]) {
  test(`says that Webex refuses the gateway (${http}) until it lets an order through`, async () => {
    await open();
    await sandbox.fault({kind: 'status', status: http, count: 2});
    for (let i = 0; i < 2; ++i) await gateway.provision({...example, userId: `refused-${i}`});
    const text = await page.shows(new RegExp(`${what}\\s+No order has got through for`));
    assert.equal(/✓\s*Token/.test(text), http !== 401, 'a token that is refused has no tick');
    assert.ok(text.includes(remedy), text);
    assert.doesNotMatch(text, /Nothing needs to be done|Orders are accepted/);
    await holds(`refused-${http}`);
    await gateway.provision({...example, userId: 'let-through'});
    await page.shows(/Ready\s+Orders are accepted. Nothing needs to be done./);
  });
}

test('says of a base URL with a wrong path that no order is applied, and why', async () => {
  await open();
  await sandbox.fault({kind: 'status', status: 404, count: 12});
  for (let i = 0; i < 12; ++i) await gateway.provision({...example, userId: `lost-${i}`});
  const text = await page.shows(/Ready, but none of the last 12 orders was applied: WEBEX_NOT_FOUND/);
  assert.doesNotMatch(text, /Nothing needs to be done/);
  assert.match(text, /12\s*WEBEX_NOT_FOUND\s*not applied/);
  await holds('none-applied');
  const ready = await gateway.admin('/readyz');
  assert.equal(ready.status, 200);
  assert.match(ready.body, /"warnings": \["none of the last 12 orders was applied: WEBEX_NOT_FOUND"\]/);
  assert.equal((await gateway.metrics()).get('webex_gateway_orders_since_applied'), 12);
  await gateway.provision({...example, userId: 'found'});
  await page.shows(/Ready\s+Orders are accepted. Nothing needs to be done./);
});

test('cuts off a bar that would flatten the others, and shows an unknown order among very many', async () => {
  await open();
  await page.shows(/Ready/);
  const usual = await status({});
  const none = usual.history.applied.map(() => 0);
  const at = (i, value, rest) => rest.map((old, j) => i === j ? value : old);
  const some = none.map((_, i) => i > 50 ? 0.1 : 0);
  page.answer = {
    status: {
      ...usual,
      history: {...usual.history, applied: none.map((_, i) => i > 50 ? 6000 : 0), unknown: at(60, 1, none), median: some, p95: some, longest: at(70, 30, some)},
    }
  };
  await page.shows(/longest, at most 30 s/);
  assert.equal(await page.evaluate(`document.querySelectorAll('#latency-plot .more').length`), 1);
  assert.equal(await page.evaluate(`document.querySelectorAll('#rate-plot .more').length`), 0);
  const heightOf = plot => page.evaluate(`document.querySelector('${plot}').getBBox().height`);
  assert.ok(await heightOf('#latency-plot .fill-median') > 50, 'the others are not flat');
  assert.ok(await heightOf('#rate-plot .fill-unknown') >= 6, 'one of six thousand is seen');
  await holds('outlier');
});

test('says what becomes of orders when it is not as usual', async () => {
  await open();
  await page.shows(/Ready/);
  const webex = {perSecond: null, limit: null, pausedSeconds: 0, breaker: 'closed', refusal: null};
  const token = {accessSeconds: null, refreshSeconds: null, troubles: []};
  const verdicts = [
    [{webex: {...webex, breaker: 'half_open'}, checks: [{name: 'breaker', trouble: 'Webex has failed', trying: true}]}, 'bad', /Not ready: Webex fails\s+One order is sent as a probe; others are refused meanwhile/],
    [{noneApplied: {orders: 97, since: Date.now() / 1000 - 60, reason: 'WEBEX_NOT_FOUND'}}, 'warn', /Ready, but none of the last 97 orders was applied: WEBEX_NOT_FOUND\s+Orders are accepted\. None was applied for/],
    [{token: {...token, refused: {since: Date.now() / 1000 - 60, nextTrySeconds: 4}, remedy: 'client_credentials'}, checks: [{name: 'token', trouble: 'refused', trying: false}]}, 'bad',
      /Not ready: Webex refuses the gateway's token\s+No order has got through for .*client secret into their files.* The next attempt is made in 5 s\./],
    [{drain: {takesOrdersSeconds: 3.2, endsSeconds: 28.2}, checks: [{name: 'drain', trouble: 'a stop'}]}, 'bad', /New orders are accepted for 4 s more, and then refused, not applied\. 0 orders are under way, and may finish within 28 s\./],
    [{drain: {takesOrdersSeconds: 0, endsSeconds: 20.2}, checks: [{name: 'drain', trouble: 'a stop'}]}, 'bad', /New orders are refused \(GATEWAY_STOPPING\), not applied\. 0 orders are under way, and may finish within 20 s\./],
    [{webex: {...webex, pausedSeconds: 9}}, 'warn', /Orders are accepted, and wait; those without enough time are refused/],
    [{token: {...token, refreshSeconds: 29.5 * 86400}}, 'warn', /Ready, but the refresh token expires in 29 d\s+Orders are accepted\./],
    [{token: {...token, refreshSeconds: 6.5 * 86400}}, 'bad', /Ready, but the refresh token expires in 6 d 12 h/],
    [{token: {...token, refreshSeconds: -5}}, 'bad', /Ready, but the refresh token has expired/],
    [{token: {...token, accessSeconds: 7.5 * 3600}}, 'warn', /Ready, but the access token expires in 7 h 30 min/],
    [{token: {...token, accessSeconds: 5.5 * 3600}}, 'bad', /Ready, but the access token expires in 5 h 30 min/],
  ];
  for (const [differs, level, words] of verdicts) {
    page.answer = {status: await status(differs)};
    await page.shows(words);
    assert.equal(await page.evaluate(`document.querySelector('#verdict').className`), level);
  }
  const usual = await status({});
  page.answer = {
    status: {
      ...usual,
      checks: [{name: 'token', trouble: ''}, {name: 'drain', trouble: 'a stop was requested'}],
      webex: {...webex, refusal: {since: usual.now - 90, reason: 'WEBEX_FORBIDDEN'}},
      drain: {takesOrdersSeconds: 3, endsSeconds: 28},
      ledger: {...usual.ledger, unknown: 1},
    }
  };
  await page.shows(/Not ready: it is stopping; Webex forbids the gateway to order; an order is unknown\s+New orders are accepted for 4 s more/);
  await holds('not-as-usual');
});

test('tells every trouble with its remedy, and shows text as text', async () => {
  await open();
  await page.shows(/Ready/);
  const hostile = '<img src=x onerror="document.title=1"> & "quotes"';
  page.answer = {
    status: await status({
      checks: [{name: 'token', trouble: hostile}, {name: 'ledger', trouble: 'the disk is full'}, {name: 'drain', trouble: ''}],
      token: {accessSeconds: -4000, refreshSeconds: 3 * 86400 + 7300, troubles: [hostile], remedy: 'new_file'},
      webex: {perSecond: 4.5, limit: {perSecond: 4.6, burst: 21.7, measured: true}, pausedSeconds: 11.2, breaker: 'half_open'},
      calls: {inFlight: 64, maxInFlight: 64, queued: 912, maxQueued: 1000},
    })
  };
  const text = await page.shows(/Not ready: no usable token, the ledger cannot be written/);
  assert.match(text, /New orders are refused \(WEBEX_UNAUTHENTICATED, LEDGER_UNAVAILABLE\): nothing is sent\. Callers repeat under the same request id\./);
  for (const words of [
         hostile, 'The disk is full.', 'Put a valid one into its file', 'Is its volume full', 'expired 1 h 6 min ago', '3 d 2 h left',
         '4.5 a second', '4.6 a second, 22 at once', '12 s left', 'half open', '912 of 1,000'
       ]) {
    assert.ok(text.includes(words), `${words} is not in:\n${text}`);
  }
  assert.equal(await page.evaluate(`document.images.length`), 0);
  await holds('troubles');
});

test('says of a stuck gateway that it is stuck, and of one that came back that it is well', async () => {
  await open();
  await page.shows(/Ready/);
  page.answer = {code: 503};
  await page.shows(/The gateway has been stuck for \d+ s/);
  page.answer = null;
  await page.shows(/Ready\s+Orders/);
});

test('says that it is stopping, and then that nobody answers', async () => {
  await open();
  await page.shows(/Ready/);
  await sandbox.control('PUT', 'config', {latencyMs: 3000});
  const answered = gateway.provision(example);
  await sandbox.received(1);
  gateway.signal('SIGTERM');
  await page.shows(/Not ready: it is stopping\s+New orders are refused \(GATEWAY_STOPPING\), not applied\. 1 order is under way, and may finish within \d+ s\./);
  await holds('draining');
  assert.equal((await answered).code, 'OK');
  await gateway.exited;
  const text = await page.shows(/No answer for \d+ s/);
  assert.match(text, /The gateway has stopped, or the connection to it is broken\./);
  assert.match(text, /The figures below are from /);
  page.errors = page.errors.filter(error => !error.includes('ERR_CONNECTION_REFUSED'));  // the browser's own message
  await holds('gone');
});
