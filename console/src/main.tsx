import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { startLive } from './live';
import { go, route, startRouting } from './route';
import { useStore } from './store';
import { startTheme } from './theme';
import { Blocks } from './views/blocks';
import { Gateways } from './views/gateways';
import { Nodes } from './views/nodes';
import { Overview } from './views/overview';
import { Services } from './views/services';
import { WorkerPage } from './views/worker';
import { Workers } from './views/workers';

/** `/` goes to the search from everywhere. */
function useSearchKey(): void {
    useEffect(() => {
        const onKey = (event: KeyboardEvent): void => {
            if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
            if (/^(INPUT|TEXTAREA|SELECT)$/.test((event.target as Element).tagName)) return;
            event.preventDefault();
            if (route.get().path !== '/workers') go('/workers');
            requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('search')?.focus()));
        };
        document.addEventListener('keydown', onKey);
        return () => document.removeEventListener('keydown', onKey);
    }, []);
}

function App() {
    useSearchKey();
    switch (useStore(route).path) {
        case '/workers': return <Workers />;
        case '/worker': return <WorkerPage />;
        case '/blocks': return <Blocks />;
        case '/nodes': return <Nodes />;
        case '/services': return <Services />;
        case '/gateways': return <Gateways />;
        default: return <Overview />;
    }
}

const root = document.getElementById('app');
if (root) {
    startTheme();
    startRouting();
    render(<App />, root);
    startLive();
}
