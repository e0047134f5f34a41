// Numbers that say in which order elements stand: as few of them change as possible when somebody moves one.

/**
 * The elements with `property` rising: those of the longest rising run keep theirs, the others go between; where there is
 * no room, all are numbered anew in tens. `isBefore` says which of two comes first as they are numbered now.
 */
export function numbered(elements, property, isBefore = (one, other) => one[property] < other[property]) {
    const kept = longestRise(elements, property, isBefore);
    const numbers = [];
    for (let place = 0; place < elements.length; ) {
        if (kept.has(place)) {
            numbers.push(elements[place][property]);
            place += 1;
            continue;
        }
        let end = place;
        while (end < elements.length && !kept.has(end)) end += 1;
        const low = numbers.length ? numbers.at(-1) : 0;
        const high = end < elements.length ? elements[end][property] : low + 10 * (end - place + 1);
        const step = Math.min(10, Math.floor((high - low) / (end - place + 1)));
        if (step < 1) return elements.map((element, number) => ({ ...element, [property]: 10 * (number + 1) }));
        for (let number = 1; place < end; place += 1, number += 1) numbers.push(low + step * number);
    }
    return elements.map((element, number) => (element[property] === numbers[number] ? element : { ...element, [property]: numbers[number] }));
}

function longestRise(elements, property, isBefore) {
    const ends = [];
    const before = new Array(elements.length).fill(-1);
    elements.forEach((element, place) => {
        if (!Number.isInteger(element[property])) return;
        let low = 0;
        for (let high = ends.length; low < high; ) {
            const middle = (low + high) >> 1;
            if (isBefore(elements[ends[middle]], element)) low = middle + 1;
            else high = middle;
        }
        before[place] = low ? ends[low - 1] : -1;
        ends[low] = place;
    });
    const rise = new Set();
    for (let place = ends.at(-1) ?? -1; place >= 0; place = before[place]) rise.add(place);
    return rise;
}
