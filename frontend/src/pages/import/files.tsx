import { useQueryClient } from "@tanstack/react-query";
import { type DragEvent, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { sendImages } from "../../api/files";
import { Icon, type IconName } from "../../parts/icon";
import { type Incoming, Uploader } from "../../store/upload";
import { filesOf, inOrder, pickedFiles } from "./entries";
import { Results } from "./results";

/** Drop, choose or paste: everything is sent, and the server says of each file what became of it. */
export function Files({ project }: { project: number }) {
  const client = useQueryClient();
  const [, changed] = useReducer((n: number) => n + 1, 0);
  const [over, setOver] = useState(false);
  const [group, setGroup] = useState("");
  const [folders, setFolders] = useState(true);
  const uploader = useMemo(
    () => new Uploader((files, signal) => sendImages(project, files, signal), changed),
    [project],
  );
  const { busy } = uploader;
  const add = (files: Incoming[]) =>
    uploader.add(inOrder(files).map((one) => ({ file: one.file, group: (folders && one.group) || group })));
  const latest = useRef(add);
  useEffect(() => {
    latest.current = add;
  });
  useEffect(() => {
    if (!busy) void client.invalidateQueries({ queryKey: ["project", project] });
  }, [busy, client, project]);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      if (event.clipboardData?.files.length) latest.current(pickedFiles(event.clipboardData.files));
    };
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, []);
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    // Entries are gone after the first await: take them all before it.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry());
    const found = await Promise.all(entries.filter((entry) => entry !== null).map((entry) => filesOf(entry)));
    latest.current(found.flat());
  };
  return (
    <section className="stack" aria-label="Files and folders">
      <div
        className={`drop${over ? " over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => void drop(event)}
      >
        <Icon name="import" size={28} />
        <h2>Drop files or whole folders here</h2>
        <p className="muted">JPEG, PNG and WebP, up to 100 MB each. Or paste a picture.</p>
        <div className="row">
          <PickButton text="Choose files" icon="images" add={add} />
          <PickButton text="Choose a folder" icon="folder" add={add} folder />
        </div>
        <div className="drop-options small">
          <label className="check">
            <input type="checkbox" checked={folders} onChange={(event) => setFolders(event.target.checked)} />
            <span>Each folder is a group</span>
          </label>
          <label className="row tight still">
            <span className="muted">Group of the others</span>
            <input
              className="group"
              value={group}
              onChange={(event) => setGroup(event.target.value)}
              placeholder="a meeting, a person"
              maxLength={200}
            />
          </label>
        </div>
        <p className="muted small">Images of one group stay on the same side when some are held out.</p>
      </div>
      <Results uploader={uploader} project={project} />
    </section>
  );
}

type PickProps = { text: string; icon: IconName; add: (files: Incoming[]) => void; folder?: boolean };

function PickButton({ text, icon, add, folder }: PickProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <Icon name={icon} /> {text}
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={text}
        {...(folder ? ({ webkitdirectory: "" } as object) : { accept: "image/*" })}
        onChange={(event) => {
          add(pickedFiles(event.target.files));
          event.target.value = "";
        }}
      />
    </>
  );
}
