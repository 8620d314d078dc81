import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useReducer, useRef, useState } from "react";
import { sendImages } from "../../api/files";
import { Icon, type IconName } from "../../parts/icon";
import { type Incoming, Uploader } from "../../store/upload";
import { ARCHIVE } from "./archive";
import { inOrder, pickedFiles } from "./entries";
import { Results } from "./results";
import { useArrivals } from "./use-arrivals";

const VIDEO = /\.(mp4|m4v|mov|webm|mkv)$/i;

type FilesProps = { project: number; videos: (files: File[]) => void; archive: (file: File) => void };

/**
 * Drop, choose or paste: everything is sent, and the server says of each file what became of it. But `videos` have a
 * way of their own, and so has an `archive` that comes alone.
 */
export function Files({ project, videos, archive }: FilesProps) {
  const client = useQueryClient();
  const [, changed] = useReducer((n: number) => n + 1, 0);
  const [group, setGroup] = useState("");
  const [folders, setFolders] = useState(true);
  const uploader = useMemo(
    () => new Uploader((files, signal) => sendImages(project, files, signal), changed),
    [project],
  );
  const { busy } = uploader;
  const add = (files: Incoming[]) => {
    const [only, ...others] = files;
    if (only && !others.length && ARCHIVE.test(only.file.name)) return archive(only.file);
    const ordered = inOrder(files);
    const recorded = ordered.filter(({ file }) => VIDEO.test(file.name));
    if (recorded.length) videos(recorded.map(({ file }) => file));
    const images = ordered.filter(({ file }) => !VIDEO.test(file.name));
    if (images.length)
      uploader.add(images.map((one) => ({ file: one.file, group: (folders && one.group) || group })));
  };
  useEffect(() => {
    if (!busy) void client.invalidateQueries({ queryKey: ["project", project] });
  }, [busy, client, project]);
  const over = useArrivals(add);
  return (
    <section className="stack" aria-label="Files and folders">
      <div className={`drop${over ? " over" : ""}`}>
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
            <span className="muted">Group of loose files</span>
            <input
              className="group"
              value={group}
              onChange={(event) => setGroup(event.target.value)}
              placeholder="a meeting, a person"
              maxLength={200}
            />
          </label>
        </div>
        <p className="muted small">
          Images of one group stay on the same side when some are held out. Of fewer than five groups, videos
          are cut into blocks of time.
        </p>
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
