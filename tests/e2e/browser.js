'use strict';
// A headless Chromium, driven by its DevTools protocol over a pipe, so that only Debian's package is needed.

const {spawn} = require('node:child_process');
const fs = require('node:fs');
const {setTimeout: sleep} = require('node:timers/promises');
const {temporaryDirectory} = require('./harness.js');

class Browser {
  static async start() {
    const browser = new Browser();
    browser.directory = temporaryDirectory();
    // As root, which CI is, Chromium has no sandbox; it sees nothing here but the gateway's own page.
    const args = [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--hide-scrollbars',
      '--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${browser.directory}`, 'about:blank'
    ];
    browser.process = spawn('chromium', args, {stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe']});
    browser.exited = new Promise(resolve => browser.process.on('close', resolve));
    await new Promise((resolve, reject) => {
      browser.process.on('spawn', resolve);
      browser.process.on('error', error => reject(new Error(
          `there is no chromium to look at the page with (${error.code}): deploy/install_packages.sh test installs it`)));
    });
    browser.asked = new Map();
    browser.pages = new Map();
    browser.log = '';
    browser.process.stderr.on('data', chunk => browser.log += chunk);
    browser.exited.then(() => {
      for (const {reject} of browser.asked.values()) reject(new Error(`chromium has ended:\n${browser.log}`));
    });
    let text = '';
    browser.process.stdio[4].on('data', chunk => {
      const messages = (text + chunk).split('\0');
      text = messages.pop();
      messages.forEach(message => browser.#take(JSON.parse(message)));
    });
    return browser;
  }

  #take({id, result, error, method, params, sessionId}) {
    if (id === undefined) return this.pages.get(sessionId)?.happened(method, params);
    const {resolve, reject} = this.asked.get(id);
    this.asked.delete(id);
    if (error) reject(new Error(error.message));
    resolve(result);
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++Browser.lastId;
    this.process.stdio[3].write(JSON.stringify({id, method, params, sessionId}) + '\0');
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`chromium has not done ${method} after 20 s:\n${this.log}`)), 20_000);
      const settle = how => value => {
        clearTimeout(late);
        how(value);
      };
      this.asked.set(id, {resolve: settle(resolve), reject: settle(reject)});
    });
  }
  static lastId = 0;

  async open(url) {
    const {targetId} = await this.send('Target.createTarget', {url: 'about:blank'});
    const {sessionId} = await this.send('Target.attachToTarget', {targetId, flatten: true});
    const page = new Page(this, sessionId);
    page.close = () => this.send('Target.closeTarget', {targetId});
    this.pages.set(sessionId, page);
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.send(`${domain}.enable`);
    await page.send('Fetch.enable', {patterns: [{urlPattern: '*/status.json'}]});
    await page.size(1280, 800);
    await page.send('Page.navigate', {url});
    return page;
  }

  async stop() {
    this.process.kill();
    await this.exited;
    fs.rmSync(this.directory, {recursive: true, maxRetries: 5});
  }
}

class Page {
  constructor(browser, sessionId) {
    this.send = (method, params) => browser.send(method, params, sessionId);
    this.requests = [];  // URLs
    this.errors = [];    // console errors, and violations of the page's policy
    this.answer = null;  // if set, {code, status}: replaces the gateway's status.json
  }

  happened(method, params) {
    if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
    if (method === 'Runtime.exceptionThrown') this.errors.push(params.exceptionDetails.exception.description);
    if (method === 'Runtime.consoleAPICalled') this.errors.push(`console.${params.type}`);
    if (method === 'Log.entryAdded') this.errors.push(params.entry.text);
    if (method !== 'Fetch.requestPaused') return;
    const {requestId} = params;
    if (!this.answer) return this.send('Fetch.continueRequest', {requestId});
    this.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: this.answer.code ?? 200,
      responseHeaders: [{name: 'Content-Type', value: 'application/json'}],
      body: Buffer.from(JSON.stringify(this.answer.status ?? null)).toString('base64'),
    });
  }

  async evaluate(expression) {
    const {result, exceptionDetails} = await this.send('Runtime.evaluate', {expression, returnByValue: true});
    if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
    return result.value;
  }

  /** The visible text of the page. */
  text() {
    return this.evaluate("document.body?.innerText ?? ''");
  }

  /** Waits until the page shows this, at most 15 s; returns the text. The page is made to ask more often than by itself. */
  async shows(pattern) {
    const limit = Date.now() + 15_000;
    for (;;) {
      const text = await this.text();
      if (pattern.test(text)) return text;
      if (Date.now() > limit) throw new Error(`the page does not say ${pattern} after 15 s:\n${text}`);
      await this.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);
      await sleep(200);
    }
  }

  size(width, height) {
    return this.send('Emulation.setDeviceMetricsOverride', {width, height, deviceScaleFactor: 1, mobile: false});
  }
  scheme(value) {
    return this.send('Emulation.setEmulatedMedia', {features: [{name: 'prefers-color-scheme', value}]});
  }

  /** The whole page, as a PNG. */
  async picture(file) {
    const {cssContentSize} = await this.send('Page.getLayoutMetrics');
    const clip = {...cssContentSize, scale: 1};
    const {data} = await this.send('Page.captureScreenshot', {captureBeyondViewport: true, clip});
    fs.writeFileSync(file, data, 'base64');
  }
}

module.exports = {Browser};
