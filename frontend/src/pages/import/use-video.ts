import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api, type Job, need } from "../../api/client";
import { isFinished, jobQuery } from "../../api/queries";
import { asked, type Choice, FIRST_CHOICE, type Look } from "./taking";
import { useSending } from "./use-sending";

type Seen = { look: Look; job: number };
const TYPED = 700; // milliseconds without a key: then it is looked at again

/** Videos on their way, one after another: sent, looked at, again when another part is chosen, and imported. */
export function useVideo(project: number) {
  const [choice, setChoice] = useState(FIRST_CHOICE);
  const { sending, send: sendFile, cancel } = useSending(project);
  const [preview, setPreview] = useState<Job | null>(null);
  const [before, setBefore] = useState<Seen | null>(null); // what is shown while it is looked at again
  const [waiting, setWaiting] = useState<File[]>([]);
  const [jobs, setJobs] = useState<Job[]>([]);
  const [taken, setTaken] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);

  const looked = useQuery({ ...jobQuery(preview?.id ?? 0), enabled: preview !== null });
  const row = preview && (looked.data ?? preview);
  const looking = row !== null && !isFinished(row.state);
  const seen =
    row?.state === "succeeded" ? { look: row.result as unknown as Look, job: row.id } : preview && before;

  const send = async (file: File) => {
    setError(null);
    setPreview(null);
    setBefore(null);
    setTaken(false);
    const fields = { ...choice, start: "", end: "", group: "" };
    setChoice(fields);
    try {
      setPreview(await sendFile("video", file, { preview: "true", split_gallery: String(fields.split) }));
    } catch (problem) {
      setError(problem);
    }
  };
  const add = (files: File[]) => {
    const undecided = sending || looking || (seen && !taken);
    const [first, ...others] = [...waiting, ...files];
    if (undecided || !first) return setWaiting([...waiting, ...files]);
    setWaiting(others);
    void send(first);
  };
  const next = () => {
    const [first, ...others] = waiting;
    setWaiting(others);
    if (looking) void stop(row);
    if (first) void send(first);
  };
  const begin = async (body: Omit<Asking, "video">): Promise<Job | null> => {
    if (!row) return null;
    setBusy(true);
    setError(null);
    try {
      const params = { path: { id: project } };
      const made = { video: Number(row.params.file), ...body };
      return await need(api.POST("/api/projects/{id}/imports/", { params, body: made }));
    } catch (problem) {
      setError(problem);
      return null;
    } finally {
      setBusy(false);
    }
  };
  const look = async () => {
    const { split, start, end } = wanted(choice, seen);
    const numbers = { start, end, fps: 1, near_duplicates: 0 };
    if (looking) void stop(row);
    const made = await begin({ group: "", split_gallery: split, preview: true, ...numbers });
    if (!made) return;
    setBefore(seen);
    setPreview(made);
  };
  const take = async () => {
    const numbers = seen && asked(choice, seen.look.duration);
    if (!numbers || typeof numbers === "string") return;
    const made = await begin({
      group: choice.group,
      split_gallery: choice.split,
      preview: false,
      ...numbers,
    });
    if (!made) return;
    setJobs((all) => [made, ...all]);
    setTaken(true);
    if (waiting.length) next();
  };
  useLookingAgain(wanted(choice, seen), row, seen !== null, look);
  return {
    choice,
    change: setChoice,
    sending,
    cancel,
    waiting,
    add,
    next,
    leaveOut: (file: File) => setWaiting(waiting.filter((one) => one !== file)),
    seen,
    jobs,
    error: error ?? looked.error,
    preview: looking || row?.state === "cancelled" ? row : null,
    look: row?.state === "cancelled" ? () => void look() : undefined,
    failed: row?.state === "failed" ? row.errors[0]?.reason : undefined,
    busy,
    take: () => void take(),
  };
}

type Asking = {
  video: number;
  group: string;
  split_gallery: boolean;
  preview: boolean;
  fps: number;
  near_duplicates: number;
  start: number;
  end: number | null;
};
type Part = { split: boolean; start: number; end: number | null; wrong?: boolean };

async function stop({ id }: Job) {
  await api.POST("/api/jobs/{id}/cancel/", { params: { path: { id } } });
}

/** What there is to look at: the tiles are the server's to find, and the moments of the part. */
function wanted(choice: Choice, seen: Seen | null): Part {
  const numbers = asked({ ...choice, fps: "1", near: "0" }, seen?.look.duration ?? Infinity);
  if (typeof numbers === "string") return { split: choice.split, start: 0, end: null, wrong: true };
  return { split: choice.split, start: numbers.start, end: numbers.end };
}

/** Look again when what was looked at, `row`, is not what is wanted by now, and nothing has been typed for a while. */
function useLookingAgain(part: Part, row: Job | null, ready: boolean, look: () => Promise<void>) {
  const { split_gallery: split, start, end } = row?.params ?? {};
  const same = split === part.split && start === part.start && end === part.end;
  const latest = useRef(look);
  useEffect(() => {
    latest.current = look;
  });
  const due = ready && !part.wrong && !same;
  useEffect(() => {
    if (!due) return;
    const timer = setTimeout(() => void latest.current(), TYPED);
    return () => clearTimeout(timer);
  }, [due, part.split, part.start, part.end]);
}
