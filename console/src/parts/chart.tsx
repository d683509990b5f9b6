import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock } from '../format';
import { useStore } from '../store';
import { theme } from '../theme';

export interface ChartProps {
    title: string;
    /** Milliseconds since 1970. */
    times: number[];
    values: (number | null)[];
    show: (value: number) => string;
    /** A line to compare with. */
    reference?: number;
    range?: (min: number, max: number) => [number, number];
    colour: '--line-1' | '--line-2' | '--line-3';
}

const HEIGHT = 150;

const css = (name: string): string =>
    getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function options(props: ChartProps, width: number, onCursor: (index: number | null) => void): uPlot.Options {
    const faint = css('--faint');
    const axis: uPlot.Axis = {
        stroke: faint, font: '11px system-ui, sans-serif',
        grid: { stroke: css('--rule'), width: 1 }, ticks: { show: false },
    };
    const line = css(props.colour);
    return {
        width, height: HEIGHT, legend: { show: false }, padding: [8, 8, 0, 0],
        cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
        scales: {
            x: { time: true },
            y: {
                range: (_, min, max) => {
                    if (props.range) return props.range(min ?? 0, max ?? 1);
                    return [0, max > 0 ? max * 1.08 : 1];
                },
            },
        },
        axes: [
            { ...axis, size: 24, space: 70, values: (_, splits) => splits.map((at) => clock(at * 1000, false)) },
            { ...axis, size: 72, space: 32, values: (_, splits) => splits.map(props.show) },
        ],
        series: [
            {},
            { stroke: line, width: 1.5, fill: `${line}1f`, spanGaps: false, points: { show: false } },
            ...(props.reference === undefined
                ? [] : [{ stroke: faint, width: 1, dash: [4, 4], points: { show: false } }]),
        ],
        hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
    };
}

/** A line over time. What it shows can be read in its caption, too. */
export function Chart(props: ChartProps) {
    const { title, times, values, show, reference } = props;
    const place = useRef<HTMLDivElement>(null);
    const plot = useRef<uPlot | null>(null);
    const [at, setAt] = useState<number | null>(null);
    const drawn = useStore(theme);

    const data: uPlot.AlignedData = [
        times.map((time) => time / 1000), values,
        ...(reference === undefined ? [] : [times.map(() => reference)]),
    ];
    useEffect(() => {
        const element = place.current;
        if (!element) return;
        const made = new uPlot(options(props, element.clientWidth, setAt), data, element);
        plot.current = made;
        const watch = new ResizeObserver(() => {
            if (element.clientWidth > 0) made.setSize({ width: element.clientWidth, height: HEIGHT });
        });
        watch.observe(element);
        return () => {
            watch.disconnect();
            made.destroy();
            plot.current = null;
        };
    }, [drawn]);
    useEffect(() => plot.current?.setData(data), [times, values]);

    const known = values.map((value, index) => [value, index] as const).filter(([value]) => value !== null);
    const chosen = at !== null && values[at] != null ? at : known.at(-1)?.[1];
    const value = chosen === undefined ? undefined : values[chosen];
    const caption = value == null ? 'no data yet' : `${show(value)} at ${clock(times[chosen ?? 0] ?? 0)}`;
    const numbers = known.map(([figure]) => figure as number);
    const label = numbers.length === 0 ? `${title}: no data yet`
        : `${title}: now ${show(numbers.at(-1) ?? 0)}, lowest ${show(Math.min(...numbers))}, ` +
          `highest ${show(Math.max(...numbers))}`;
    return (
        <figure class="chart">
            <figcaption><strong>{title}</strong> <span class="faint">{caption}</span></figcaption>
            <div ref={place} class="plot" role="img" aria-label={label} />
        </figure>
    );
}
