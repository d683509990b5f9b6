// What is well or not, by shape and word; colour only says it again.

export type Level = 'good' | 'warning' | 'bad' | 'idle';

const SHAPES: Record<Level, string> = { good: '●', warning: '▲', bad: '■', idle: '○' };

export function State({ level, text, title }: { level: Level; text: string; title?: string | undefined }) {
    return (
        <span class={`state ${level}`} title={title}>
            <span aria-hidden="true">{SHAPES[level]}</span> {text}
        </span>
    );
}
