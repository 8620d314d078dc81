import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useReducer, useRef, useState } from "react";
import { Link } from "react-router";
import { api, csrfToken, type Job, need, problemOf } from "../api/client";
import { Bar, ErrorNote, JobLine } from "../parts/ui";
import { type Upload, type UploadAnswer, Uploader } from "../store/upload";
import { useProject } from "./project";

const SHOWN = 500;

export default function Import() {
  const project = useProject();
  return (
    <main className="page">
      <h1>Import</h1>
      <Files project={project.id} />
      <Addresses project={project.id} />
    </main>
  );
}

async function sendFiles(project: number, files: Upload[], signal: AbortSignal): Promise<UploadAnswer> {
  const body = new FormData();
  if (files[0]?.group) body.append("group", files[0].group);
  files.forEach((upload) => body.append("files", upload.file, upload.name));
  const answer = await fetch(`/api/projects/${project}/images/`, { method: "POST", body, signal, headers: { "X-CSRFToken": csrfToken() } });
  const data: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw problemOf(answer.status, data);
  return data as UploadAnswer;
}

function Files({ project }: { project: number }) {
  const client = useQueryClient();
  const [, changed] = useReducer((n: number) => n + 1, 0);
  const [over, setOver] = useState(false);
  const [group, setGroup] = useState("");
  const uploader = useMemo(() => new Uploader((files, signal) => sendFiles(project, files, signal), changed), [project]);
  const busy = uploader.busy;
  useEffect(() => {
    if (!busy) void client.invalidateQueries({ queryKey: ["project", project] });
  }, [busy, client, project]);
  useEffect(() => {
    const paste = (event: ClipboardEvent) => event.clipboardData?.files.length && uploader.add([...event.clipboardData.files], group);
    window.addEventListener("paste", paste);
    return () => window.removeEventListener("paste", paste);
  }, [uploader, group]);
  const drop = async (event: React.DragEvent) => {
    event.preventDefault();
    setOver(false);
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
    uploader.add((await Promise.all(entries.map(filesOf))).flat(), group);
  };
  return (
    <section className="stack" aria-label="Files and folders">
      <div className={`drop${over ? " over" : ""}`} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)} onDrop={(event) => void drop(event)}>
        <h2>Drop files or whole folders here</h2>
        <p className="muted">JPEG, PNG and WebP, up to 100 MB each. Or paste a picture.</p>
        <div className="row">
          <PickButton text="Choose files" add={(files) => uploader.add(files, group)} />
          <PickButton text="Choose a folder" add={(files) => uploader.add(files, group)} folder />
        </div>
        <label className="row small"><span className="muted">Group</span><input style={{ width: 220 }} value={group} onChange={(e) => setGroup(e.target.value)} placeholder="such as a meeting or a person" maxLength={200} /></label>
        <p className="muted small">Images of one group stay on the same side when some are held out.</p>
      </div>
      <Results uploader={uploader} project={project} />
    </section>
  );
}

function PickButton({ text, add, folder }: { text: string; add: (files: File[]) => void; folder?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button className="button" onClick={() => input.current?.click()}>{text}</button>
      <input ref={input} type="file" multiple hidden aria-label={text} {...(folder ? ({ webkitdirectory: "" } as object) : { accept: "image/*" })}
        onChange={(event) => { add([...(event.target.files ?? [])]); event.target.value = ""; }} />
    </>
  );
}

async function filesOf(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    // A folder is read in pieces of a hundred; an empty piece is the end.
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (!piece.length) return found;
    for (const one of piece) found.push(...(await filesOf(one)));
  }
}

const STATES: Record<Upload["state"], string> = { waiting: "waiting", sending: "sending", created: "new", duplicate: "known already", rejected: "rejected", failed: "not sent", cancelled: "cancelled" };

function Results({ uploader, project }: { uploader: Uploader; project: number }) {
  const [only, setOnly] = useState<Upload["state"] | "">("");
  const { uploads } = uploader;
  if (!uploads.length) return null;
  const count = (state: Upload["state"]) => uploads.filter((upload) => upload.state === state).length;
  const open = count("waiting") + count("sending");
  const shown = uploads.filter((upload) => !only || upload.state === only);
  return (
    <div className="panel stack">
      <div className="row between">
        <b className="number" role="status">{uploads.length - open} of {uploads.length} files</b>
        <span className="row tight">
          {open > 0 && <button className="button small" onClick={() => uploader.cancel()}>Cancel</button>}
          {open === 0 && count("failed") + count("cancelled") > 0 && <button className="button small" onClick={() => uploader.retry()}>Send the rest again</button>}
          {open === 0 && count("created") > 0 && <Link className="button small primary" to={`/projects/${project}/label`}>Label them</Link>}
        </span>
      </div>
      {open > 0 && <Bar value={uploads.length - open} total={uploads.length} label="Upload" />}
      <div className="row tight">
        {(Object.keys(STATES) as Upload["state"][]).filter(count).map((state) => <button key={state} className={`button small${only === state ? " primary" : ""}`} aria-pressed={only === state} onClick={() => setOnly(only === state ? "" : state)}>{STATES[state]} {count(state)}</button>)}
      </div>
      <div className="scroll" style={{ maxHeight: 360, overflow: "auto" }}><table><tbody>
        {shown.slice(0, SHOWN).map((upload, n) => (
          <tr key={n}><td style={{ overflowWrap: "anywhere" }}>{upload.name}</td>
            <td><span className={`badge ${upload.state === "created" ? "good" : upload.state === "rejected" || upload.state === "failed" ? "bad" : ""}`}>{STATES[upload.state]}</span></td>
            <td className="muted">{upload.image && upload.state === "duplicate" ? <Link to={`/projects/${project}/images/${upload.image}`}>{upload.reason}</Link> : upload.reason}</td></tr>
        ))}
      </tbody></table></div>
      {shown.length > SHOWN && <p className="muted small">and {shown.length - SHOWN} more</p>}
    </div>
  );
}

type Found = { created: number[]; rejected: { name: string; reason: string }[]; duplicates: { name: string; id: number }[] };

function Addresses({ project }: { project: number }) {
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [job, setJob] = useState<Job | null>(null);
  const [ended, setEnded] = useState<Job | null>(null);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    setEnded(null);
    const urls = text.split(/\s+/).filter(Boolean);
    await need(api.POST("/api/projects/{id}/imports/", { params: { path: { id: project } }, body: { urls } })).then((made) => { setJob(made); setText(""); }, setError);
  };
  const found = ended?.result as Found | null | undefined;
  return (
    <form className="panel stack" onSubmit={submit}><h2>From addresses</h2>
      <label className="field"><span>One address a line</span><textarea value={text} onChange={(e) => setText(e.target.value)} rows={4} placeholder="https://example.org/frame-1.jpg" required /></label>
      <ErrorNote error={error} />
      <div><button className="button">Fetch them</button></div>
      {job && <JobLine key={job.id} job={job} what="Import" ended={(row) => { setEnded(row); void client.invalidateQueries({ queryKey: ["project", project] }); }} />}
      {found && <div className="stack small"><span>{found.created.length} new, {found.duplicates.length} known already, {found.rejected.length} rejected</span><ul className="list">{found.rejected.map((row) => <li key={row.name} style={{ overflowWrap: "anywhere" }}><b>{row.name}</b>: {row.reason}</li>)}</ul></div>}
    </form>
  );
}
