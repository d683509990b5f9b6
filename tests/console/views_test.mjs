// The console over the made-up rows of console_preview. Usage: views_test.mjs URL [FOLDER FOR PICTURES]

import { join } from 'node:path';
import { axe, Checks, launch, open, overflow } from './browser.mjs';

const base = process.argv[2];
const pictures = process.argv[3];
const checks = new Checks();
const VIEWS = ['/', '/workers', '/blocks', '/nodes', '/services', '/gateways'];
// Ten rows have every kind of cell that fifty have.
const FEW_WORKERS = '/workers?search=rack00-000';

async function ready(page, path) {
    await page.goto(new URL(path, base).href);
    await page.waitForSelector('.right .state.good');
    await page.waitForFunction(() => document.querySelector('main table tbody tr, main .card'));
}

async function look(browser) {
    for (const colorScheme of ['light', 'dark']) {
        const { context, page, watch } = await open(browser, base, checks, { colorScheme });
        const worker = `/worker?name=${encodeURIComponent(await firstWorker(page))}`;
        for (const path of [...VIEWS.map((view) => (view === '/workers' ? FEW_WORKERS : view)), worker]) {
            await ready(page, path);
            const theme = await page.evaluate(() => document.documentElement.dataset.theme);
            checks.check(theme === colorScheme, `${path} is ${theme} where ${colorScheme} is preferred`);
            // Only colours differ.
            await axe(page, checks, `${path} in ${colorScheme}`,
                colorScheme === 'dark' ? ['color-contrast'] : undefined);
        }
        checks.check(watch.bytes > 0, 'no bytes were counted');
        await context.close();
    }
}

async function firstWorker(page) {
    await ready(page, '/workers');
    return page.evaluate(async () => (await (await fetch('/api/workers')).json()).workers[0].name);
}

async function size(browser) {
    const { context, page, watch } = await open(browser, base, checks);
    await ready(page, '/');
    await page.waitForTimeout(500);
    console.log(`the page is ${watch.bytes} bytes, not packed`);
    checks.check(watch.bytes > 10_000 && watch.bytes < 300_000, `the page is ${watch.bytes} bytes`);
    await context.close();
}

async function phone(browser) {
    const { context, page } = await open(browser, base, checks,
        { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    for (const path of VIEWS) {
        await ready(page, path);
        checks.check(await overflow(page) <= 0, `${path} scrolls sideways on a phone`);
    }
    if (pictures) {
        await ready(page, '/');
        await page.waitForTimeout(1500);
        await page.screenshot({ path: join(pictures, 'console-phone.png') });
    }
    await context.close();
}

async function policy(browser) {
    const { context, page } = await open(browser, base, new Checks({ isQuiet: true }));
    const response = await page.goto(base);
    const csp = response.headers()['content-security-policy'] ?? '';
    checks.check(csp.includes("default-src 'none'") && !csp.includes('unsafe'), `the policy is ${csp}`);
    const ran = await page.evaluate(async () => {
        const script = document.createElement('script');
        try {
            script.textContent = 'window.intruded = true';
        } catch {
            return false; // Trusted Types take no text for a script
        }
        document.body.append(script);
        await new Promise((resolve) => setTimeout(resolve, 200));
        return window.intruded === true;
    });
    checks.check(!ran, 'an inline script ran');
    await context.close();
}

async function names(browser) {
    const { context, page } = await open(browser, base, checks);
    await ready(page, `/workers?search=${encodeURIComponent('onerror')}`);
    await page.getByText('<img src=x onerror=alert(1)>').first().waitFor();
    checks.check(await page.locator('main img').count() === 0, 'a name became HTML');
    await context.close();
}

async function search(browser) {
    const { context, page } = await open(browser, base, checks);
    await ready(page, '/');
    await page.keyboard.press('/');
    await page.waitForFunction(() => document.activeElement?.id === 'search');
    await page.keyboard.type('rack00-0007');
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    checks.check((await page.textContent('tbody th')) === 'rack00-0007', 'the search found another');
    // From the search by keyboard alone to the worker's page.
    for (let i = 0; i < 40; ++i) {
        await page.keyboard.press('Tab');
        if (await page.evaluate(() => document.activeElement?.textContent === 'rack00-0007')) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.pathname === '/worker' && document.querySelector('.tiles'));
    checks.check((await page.textContent('h1'))?.includes('rack00-0007'), 'another worker\'s page');
    checks.check(await page.evaluate(() => document.activeElement?.tagName === 'H1'),
        'the heading of a new view has not the focus');
    await context.close();
}

async function keyboard(browser) {
    const { context, page } = await open(browser, base, checks);
    await ready(page, '/workers');
    await page.evaluate(() => document.body.focus());
    await page.keyboard.press('Tab');
    checks.check(await page.evaluate(() => document.activeElement?.className === 'skip'),
        'the first stop is not the skip link');
    await page.keyboard.press('Enter');
    checks.check(await page.evaluate(() => document.activeElement?.id === 'main'),
        'the skip link does not lead to the content');
    const head = page.getByRole('button', { name: '1 h', exact: true });
    await head.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('th[aria-sort=descending]')?.textContent?.startsWith('1 h'));
    const first = () => page.textContent('tbody tr:first-child th');
    await page.waitForTimeout(1000);
    const most = await first();
    await head.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((before) =>
        document.querySelector('th[aria-sort=ascending]') &&
        document.querySelector('tbody tr:first-child th')?.textContent !== before, most);
    await page.getByRole('button', { name: /Use .* colours/ }).focus();
    const before = await page.evaluate(() => document.documentElement.dataset.theme);
    await page.keyboard.press('Enter');
    checks.check(await page.evaluate(() => document.documentElement.dataset.theme) !== before,
        'the colours do not change');
    await context.close();
}

async function pages(browser) {
    const { context, page } = await open(browser, base, checks);
    await ready(page, '/workers');
    const first = await page.textContent('tbody tr:first-child th');
    await page.getByRole('button', { name: 'next' }).click();
    await page.waitForFunction((before) => document.querySelector('tbody tr:first-child th')?.textContent !== before, first);
    await page.getByRole('button', { name: 'back' }).click();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('page') === null);
    await context.close();
}

async function takePictures(browser) {
    for (const [name, path, colorScheme] of [['overview', '/', 'light'], ['dark', '/', 'dark'],
                                             ['workers', '/workers', 'light'], ['services', '/services', 'dark']]) {
        const { context, page } = await open(browser, base, checks,
            { colorScheme, viewport: { width: 1180, height: 720 } });
        await ready(page, path);
        await page.waitForTimeout(2500);
        await page.screenshot({ path: join(pictures, `console-${name}.png`) });
        await context.close();
    }
}

const browser = await launch();
const rounds = pictures ? [phone, takePictures] : [look, size, phone, policy, names, search, keyboard, pages];
for (const round of rounds) {
    const begun = Date.now();
    try {
        await round(browser);
    } catch (error) {
        checks.check(false, `${round.name}: ${error.message}`);
    }
    console.log(`${round.name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
}
await browser.close();
checks.end();
