/** The tasks found. Only the rows near the part that is looked at are in the page, and further ones are loaded on the way. */
import { defaultRangeExtractor, measureElement, observeElementRect, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useEffect, useRef, type RefObject } from 'react';
import { useKept } from '../ui/kept';
import { Later } from '../ui/Later';
import { EditsAway } from './editing';
import { withEdit, type Edit, type Edits } from './edits';
import { TaskItem } from './TaskItem';
import { useHandOn } from './useHandOn';
import { useOffset } from './useOffset';
import type { Tasks } from './useTasks';

interface Props {
  tasks: Tasks;
  /** What scrolls, with more above the list in it. */
  scroller: RefObject<HTMLElement | null>;
  /** Takes the focus where no task is left to take it. */
  heading: RefObject<HTMLElement | null>;
}

/** A row with a title of one line, as most are. Each is measured once it is there. */
const ROW_HEIGHT = 54;
/** Rows beyond those that are seen, above and below. */
const OVERSCAN = 10;
/** How many rows before the end the next page is asked for. */
const AHEAD = 60;
const NO_EDITS: Edits = {};

export function TaskList({ tasks, scroller, heading }: Props) {
  const { rows, found, hasMore, isLoading, isStuck, more } = tasks;
  const list = useRef<HTMLUListElement>(null);
  const [edits, setEdits] = useKept('edits', NO_EDITS);
  const { focused, ...watch } = useHandOn(list, rows, tasks.deleted?.id, heading);
  const scrollMargin = useOffset(list, scroller);

  /** Rows with the focus or with a started edit stay, wherever the list is scrolled to. */
  function rangeExtractor(range: Range): number[] {
    const kept = [...Object.keys(edits).map(Number), focused].map((id) => rows.findIndex((row) => row.id === id)).filter((index) => index >= 0);
    return [...new Set([...defaultRangeExtractor(range), ...kept])].sort((a, b) => a - b);
  }

  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is used here and memoized nowhere
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (index) => rows[index]?.id ?? index,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollMargin,
    rangeExtractor,
    // Behind the account, and on a phone behind the assistant, nothing has a size. The rows stay all the same, with what is
    // typed in their forms.
    observeElementRect: (instance, tell) =>
      observeElementRect(instance, (rect) => {
        if (rect.height > 0) tell(rect);
      }),
    measureElement: (row, entry, instance) =>
      measureElement(row, entry, instance) || (instance.measurementsCache[instance.indexFromElement(row)]?.size ?? ROW_HEIGHT),
  });
  const shown = virtualizer.getVirtualItems();

  const isNearEnd = (shown.at(-1)?.index ?? -1) >= rows.length - AHEAD;
  const wantsMore = isNearEnd && hasMore && !isLoading && !isStuck;
  useEffect(() => {
    if (wantsMore) more();
  }, [wantsMore, more]);

  const onEdit = (id: number, edit: Edit | undefined) => setEdits((now) => withEdit(now, id, edit));
  /** Of a list that is being asked for nothing can be said. */
  const away = tasks.isBusy ? [] : Object.values(edits).filter(({ opened }) => !rows.some((row) => row.id === opened.id));

  return (
    <>
      {away.length > 0 && (
        <Later>
          <EditsAway edits={away} heading={heading} onDrop={({ opened }) => onEdit(opened.id, undefined)} />
        </Later>
      )}
      <ul
        ref={list}
        aria-label="Tasks"
        className="task-list"
        aria-busy={tasks.isBusy}
        style={{ height: virtualizer.getTotalSize() }}
        {...watch}
      >
        {shown.map(({ key, index, start }) => {
          const task = rows[index];
          if (!task) return null;
          return (
            <TaskItem
              key={key}
              ref={virtualizer.measureElement}
              task={task}
              tasks={tasks}
              now={new Date(tasks.at)}
              index={index}
              count={found?.total ?? rows.length}
              style={{ transform: `translateY(${start - scrollMargin}px)` }}
              edit={edits[task.id]}
              onEdit={(edit) => onEdit(task.id, edit)}
            />
          );
        })}
      </ul>
      {hasMore && (
        <p className="more" aria-hidden="true">
          Loading more…
        </p>
      )}
    </>
  );
}
