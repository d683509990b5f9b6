import { Store } from './store';

export interface Route {
    path: string;
    query: URLSearchParams;
}

const here = (): Route => ({ path: location.pathname, query: new URLSearchParams(location.search) });

export const route = new Store<Route>(here());

export function go(to: string, replace = false): void {
    const isView = new URL(to, location.href).pathname !== location.pathname;
    if (replace) history.replaceState(null, '', to);
    else history.pushState(null, '', to);
    route.set(here());
    if (isView) {
        window.scrollTo(0, 0);
        // Who cannot see that the page has changed hears its heading.
        requestAnimationFrame(() => document.querySelector<HTMLElement>('h1')?.focus());
    }
}

/** The same view with some of its parameters changed; empty ones go. */
export function withQuery(changes: Record<string, string>): string {
    const { path, query } = route.get();
    const next = new URLSearchParams(query);
    for (const [key, value] of Object.entries(changes))
        if (value) next.set(key, value);
        else next.delete(key);
    const text = next.toString();
    return text ? `${path}?${text}` : path;
}

/** Links within the page change the view; all others are left to the browser. */
export function startRouting(): void {
    window.addEventListener('popstate', () => route.set(here()));
    document.addEventListener('click', (event) => {
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        const link = (event.target as Element).closest('a');
        if (!link || link.target || link.origin !== location.origin || link.hash) return;
        event.preventDefault();
        go(link.pathname + link.search);
    });
}

export const workerLink = (name: string): string => `/worker?name=${encodeURIComponent(name)}`;
