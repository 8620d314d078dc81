import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { Project } from "../../api/client";
import { colored, Dot } from "../../parts/notes";
import { Sheet } from "../../parts/sheet";

type Props = {
  title: string;
  close: () => void;
  categories: Project["categories"];
  choose: (name: string) => void;
};

/** Any number of categories, found by what is typed of their names. */
export function Palette({ title, close, categories, choose }: Props) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const found = categories.filter((category) => category.name.toLowerCase().includes(typed.toLowerCase()));
  useEffect(() => {
    list.current?.children[at]?.scrollIntoView({ block: "nearest" });
  }, [at]);
  const press = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const chosen = found[at];
    if (step) {
      event.preventDefault();
      setAt((now) => Math.max(0, Math.min(found.length - 1, now + step)));
    } else if (event.key === "Enter" && chosen) {
      event.preventDefault();
      choose(chosen.name);
    }
  };
  return (
    <Sheet title={title} close={close}>
      <input
        aria-label="Type to find a category"
        placeholder="Type to find a category"
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={found[at] ? `palette-${found[at].id}` : undefined}
        value={typed}
        autoFocus
        onKeyDown={press}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
      />
      <div className="menu" id="palette" role="listbox" aria-label="Categories found" ref={list}>
        {found.map((category, n) => (
          <button
            key={category.id}
            id={`palette-${category.id}`}
            role="option"
            aria-selected={n === at}
            tabIndex={-1}
            className="menu-item"
            style={colored(category.color)}
            onClick={() => choose(category.name)}
          >
            <Dot />
            <span className="grow">{category.name}</span>
            {category.hotkey && <kbd>{category.hotkey.toUpperCase()}</kbd>}
          </button>
        ))}
        {!found.length && <p className="muted">No category is called that.</p>}
      </div>
    </Sheet>
  );
}
