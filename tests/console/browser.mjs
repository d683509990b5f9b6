// What the tests of the pages share: a browser that remembers what went wrong in it.

import { chromium } from 'playwright-core';
import AxeBuilder from '@axe-core/playwright';

export const PATIENCE = 30_000;

export class Checks {
    failures = [];
    count = 0;
    #isQuiet;

    /** Quiet: what fails is expected, and nobody's to read. */
    constructor({ isQuiet = false } = {}) {
        this.#isQuiet = isQuiet;
    }

    check(claim, what) {
        ++this.count;
        if (claim) return;
        this.failures.push(what);
        if (!this.#isQuiet) console.log(`FAILED: ${what}`);
    }
    /** Exits the process. */
    end() {
        console.log(this.failures.length === 0 ? `ok, ${this.count} checks`
            : `${this.failures.length} of ${this.count} checks failed`);
        process.exit(this.failures.length === 0 ? 0 : 1);
    }
}

export async function launch() {
    return chromium.launch({
        executablePath: process.env.ADIT_CHROMIUM ?? '/usr/bin/chromium',
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    });
}

/** A page of the site at `base`; what it loads from elsewhere and what it complains of is a failure.
 * While `watch.expectsLoss` is set, a connection that is refused is none. */
export async function open(browser, base, checks, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const watch = { bytes: 0, expectsLoss: false };
    page.on('console', (message) => {
        if (message.type() !== 'error' && message.type() !== 'warning') return;
        checks.check(watch.expectsLoss && /Failed to load resource|net::/.test(message.text()),
            `the browser's console says: ${message.text()}`);
    });
    page.on('pageerror', (error) => checks.check(false, `an error in the page: ${error.message}`));
    page.on('request', (request) =>
        checks.check(request.url().startsWith(base), `a request to elsewhere: ${request.url()}`));
    page.on('response', async (response) => {
        if (new URL(response.url()).pathname.startsWith('/api/')) return;
        const body = await response.body().catch(() => Buffer.alloc(0));
        watch.bytes += body.length;
    });
    return { context, page, watch };
}

/** `rules`: only these; else all. */
export async function axe(page, checks, where, rules) {
    const builder = new AxeBuilder({ page });
    const found = await (rules ? builder.withRules(rules) : builder).analyze();
    for (const violation of found.violations)
        checks.check(false, `axe: ${where}: ${violation.id}: ${violation.nodes.length} times, e.g. ` +
            `${violation.nodes[0].html} ${violation.nodes[0].failureSummary}`);
    checks.check(found.passes.length > (rules ? 0 : 10), `axe: ${where}: it has hardly looked`);
}

/** Whether one has to scroll sideways. */
export const overflow = (page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
