/** The head of a column by which the server orders: a button, for the keyboard. */
export function SortHead({ field, name, order, onOrder, isNumber, isDescFirst = true }: {
    field: string;
    name: string;
    order: string;
    onOrder: (order: string) => void;
    isNumber?: boolean;
    isDescFirst?: boolean;
}) {
    const isUp = order === field;
    const isDown = order === `${field} desc`;
    const next = isDown ? field : isUp ? `${field} desc` : isDescFirst ? `${field} desc` : field;
    return (
        <th scope="col" class={isNumber ? 'number' : ''}
            aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}>
            <button type="button" onClick={() => onOrder(next)}>
                {name}<span aria-hidden="true" class="arrow">{isUp ? '▲' : isDown ? '▼' : ''}</span>
            </button>
        </th>
    );
}
