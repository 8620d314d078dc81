import { type DragEvent, type FormEvent, useRef, useState } from "react";
import { grouped, plural } from "../../parts/format";
import { Icon } from "../../parts/icon";
import { JobLine } from "../../parts/job";
import { ErrorNote } from "../../parts/notes";
import { addressesIn } from "./address-file";
import { Earlier } from "./earlier";
import { Found } from "./found";
import { SourceFields, useSource } from "./source-fields";
import { useImport } from "./use-import";

const TEXT_FILE = /\.(csv|tsv|txt)$/i;

/** A list of addresses, fetched by the server in a job; typed, pasted, or read out of a file. */
export function Addresses({ project }: { project: number }) {
  const [text, setText] = useState("");
  const [source, setSource] = useSource(0, false);
  const [read, setRead] = useState("");
  const picker = useRef<HTMLInputElement>(null);
  const { job, ended, error, begin, finished, fail } = useImport(project);
  const urls = text.split(/\s+/).filter(Boolean);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setRead("");
    if (await begin({ urls, ...source })) setText("");
  };
  const take = async (file: File) => {
    const found = addressesIn(await file.text());
    fail(
      found.length ? null : new Error(`${file.name} holds no addresses that begin with http:// or https://.`),
    );
    setRead(found.length ? `${plural(found.length, "address", "addresses")} read from ${file.name}.` : "");
    if (found.length) setText((before) => [...before.split(/\s+/).filter(Boolean), ...found].join("\n"));
  };
  const dropped = (event: DragEvent) => {
    const file = event.dataTransfer.files[0];
    if (!file || !TEXT_FILE.test(file.name)) return; // images are the page's
    event.preventDefault();
    void take(file);
  };
  return (
    <form className="panel stack" onSubmit={submit} onDrop={dropped}>
      <h2>From addresses</h2>
      <label className="field">
        <span className="visually-hidden">One address a line</span>
        <textarea
          value={text}
          onChange={(event) => setText(event.target.value)}
          rows={4}
          placeholder={"https://example.org/frame-1.jpg\nhttps://example.org/frame-2.jpg"}
          spellCheck={false}
          required
        />
      </label>
      <SourceFields value={source} change={setSource} />
      <ErrorNote error={error} />
      <div className="row">
        <button className="button">Fetch them</button>
        <button type="button" className="button" onClick={() => picker.current?.click()}>
          <Icon name="import" /> From a CSV or text file
        </button>
        <input
          ref={picker}
          type="file"
          accept=".csv,.tsv,.txt,text/csv,text/plain"
          hidden
          aria-label="A CSV or text file of addresses"
          onChange={(event) => {
            const file = event.target.files?.[0];
            if (file) void take(file);
            event.target.value = "";
          }}
        />
        <span className="muted small number" role="status">
          {read ||
            (urls.length > 1 ? `${grouped(urls.length)} addresses` : "One a line, or a file dropped here.")}
        </span>
      </div>
      {job && <JobLine key={job.id} job={job} what="Import" ended={finished} />}
      {ended && <Found job={ended} project={project} />}
      <Earlier
        project={project}
        field="urls"
        but={job}
        what={(row) => plural((row.params.urls as string[]).length, "address", "addresses")}
        ended={(row) => <Found job={row} project={project} />}
      />
    </form>
  );
}
