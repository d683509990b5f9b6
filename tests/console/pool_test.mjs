// The console of a real pool. Usage: pool_test.mjs URL WORKER PID_OF_A_CHANNEL_MANAGER PID_OF_ADMIN

import { Checks, launch, open } from './browser.mjs';

const [base, worker, victim, admin] = process.argv.slice(2);
const checks = new Checks();
const wrong = 'section[aria-label="What is wrong right now"]';
// It is said within five seconds of the standstill; the page has it a second later.
const SAID_WITHIN_MS = 6000;

/** What the share log tells: rates, and a worker's page by the search. */
async function figures(page) {
    await page.waitForFunction(() => {
        const tile = [...document.querySelectorAll('.tile')].find((t) => t.textContent?.startsWith('Hash rate'));
        return tile && !/ 0 H\/s/.test(` ${tile.querySelector('.figure')?.textContent}`);
    }, null, { timeout: 90_000 });
    await page.goto(new URL('/workers', base).href);
    await page.getByRole('link', { name: worker, exact: true }).waitFor();
    await page.fill('#search', worker);
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await page.getByRole('link', { name: worker, exact: true }).click();
    await page.waitForFunction(() => document.querySelector('.tiles') && document.querySelector('tbody tr th code'));
}

const browser = await launch();
const { page, watch } = await open(browser, base, checks);
try {
    await page.goto(base);
    await page.waitForSelector('.right .state.good');
    await page.waitForFunction(() => document.querySelectorAll('section[aria-labelledby=services] li .state.good').length >= 8,
        null, { timeout: 60_000 });

    const told = await page.evaluate(async () => (await fetch('/api/pool/history')).json());
    if (told.points) await figures(page);
    else console.log('no figures: nothing in this adit-admin reads the share log');

    await page.goto(base);
    await page.waitForSelector(`${wrong} .well`, { timeout: 60_000 });
    process.kill(Number(victim), 'SIGSTOP');
    const stopped = Date.now();
    await page.getByText('channel-manager', { exact: false }).and(page.locator(`${wrong} .problem-text`)).first()
        .waitFor({ timeout: 60_000 });
    const took = Date.now() - stopped;
    console.log(`a standstill is on the page after ${(took / 1000).toFixed(1)} s`);
    checks.check(took <= SAID_WITHIN_MS, `a standstill was said after ${took} ms`);
    process.kill(Number(victim), 'SIGCONT');
    await page.waitForSelector(`${wrong} .well`, { timeout: 60_000 });

    watch.expectsLoss = true;
    process.kill(Number(admin), 'SIGSTOP');
    await page.waitForSelector('.stale', { timeout: 20_000 });
    process.kill(Number(admin), 'SIGCONT');
    await page.waitForSelector('.stale', { state: 'detached', timeout: 30_000 });
} catch (error) {
    checks.check(false, error.message);
} finally {
    for (const pid of [victim, admin]) process.kill(Number(pid), 'SIGCONT');
}
await browser.close();
checks.end();
