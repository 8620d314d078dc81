import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { api, need, Problem, type Schemas } from "../api/client";
import { commentsQuery } from "../api/queries";
import { newUuid } from "../store/uuid";
import { when } from "./format";
import { Icon } from "./icon";
import { ErrorNote, Skeleton } from "./notes";
import { useSession } from "./session";

const LONGEST = 5000;

type Props = {
  image: number;
  /** What is on its way, the oldest first. */
  waiting?: readonly string[];
  /** Resolves when the comment cannot be lost any more. */
  send: (text: string) => Promise<void> | void;
  focus?: boolean;
};

/** What people said about an image, and a field to say something. */
export function Comments({ image, waiting = [], send, focus }: Props) {
  const { user } = useSession();
  const { data, error, refetch } = useQuery(commentsQuery(image));
  const list = useRef<HTMLUListElement>(null);
  // What has left the waiting ones is the server's now.
  const count = waiting.length;
  const before = useRef(count);
  useEffect(() => {
    if (count < before.current) void refetch();
    before.current = count;
  }, [count, refetch]);
  const shown = (data?.results.length ?? 0) + count;
  useEffect(() => void list.current?.lastElementChild?.scrollIntoView({ block: "nearest" }), [shown]);
  return (
    <div className="stack">
      {!data && !error && <Skeleton lines={2} />}
      <ErrorNote error={error} retry={() => void refetch()} />
      {data && !shown && <p className="muted">Nobody has said anything about this image.</p>}
      {shown > 0 && (
        <ul className="comments" aria-label="Comments" ref={list} tabIndex={-1}>
          {data?.results.map((comment) => (
            <Comment key={comment.uuid} comment={comment} own={comment.author?.id === user.id} list={list} />
          ))}
          {waiting.map((text, n) => (
            <li key={n} className="comment muted">
              <span className="small">{user.username}, not sent yet</span>
              <span className="break said">{text}</span>
            </li>
          ))}
        </ul>
      )}
      <Field key={image} image={image} send={send} focus={focus} />
    </div>
  );
}

type CommentProps = { comment: Schemas["CommentRow"]; own: boolean; list: RefObject<HTMLElement | null> };

function Comment({ comment, own, list }: CommentProps) {
  const client = useQueryClient();
  const [failed, setFailed] = useState<unknown>(null);
  const { uuid, author, text, created, image } = comment;
  const remove = async () => {
    setFailed(null);
    try {
      await need(api.DELETE("/api/comments/{uuid}/", { params: { path: { uuid: uuid ?? "" } } }));
      list.current?.focus();
    } catch (problem) {
      setFailed(problem);
    }
    void client.invalidateQueries({ queryKey: ["comments", image] });
  };
  return (
    <li className="comment">
      <span className="row between still">
        <span className="muted small number">
          {author?.username ?? "Somebody"}, {when(created)}
        </span>
        {own && (
          <button
            type="button"
            className="button quiet icon small"
            onClick={() => void remove()}
            aria-label={`Delete my comment: ${text.slice(0, 40)}`}
          >
            <Icon name="bin" />
          </button>
        )}
      </span>
      <span className="break said">{text}</span>
      <ErrorNote error={failed} />
    </li>
  );
}

/** What is typed outlives a closed panel and a reload. */
function Field({ image, send, focus }: Pick<Props, "image" | "send" | "focus">) {
  const draft = `frameloop-comment-${image}`;
  const [text, setText] = useState(() => sessionStorage.getItem(draft) ?? "");
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const change = (next: string) => {
    setText(next);
    if (next) sessionStorage.setItem(draft, next);
    else sessionStorage.removeItem(draft);
  };
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (!text.trim() || busy) return;
    setBusy(true);
    setFailed(null);
    try {
      await send(text.trim());
      change("");
    } catch (problem) {
      setFailed(problem);
    } finally {
      setBusy(false);
    }
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void submit();
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      <label className="field">
        <span>Your comment</span>
        <textarea
          value={text}
          rows={3}
          maxLength={LONGEST}
          autoFocus={focus}
          onChange={(event) => change(event.target.value)}
          onKeyDown={press}
        />
      </label>
      <ErrorNote error={failed} />
      <div className="row between">
        <span className="muted small desktop">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd> sends
        </span>
        <button className="button primary push" disabled={!text.trim() || busy}>
          Comment
        </button>
      </div>
    </form>
  );
}

/** Sends a comment on an image now; until one has arrived, the same goes out under the same uuid. */
export function useSendComment(image: number): (text: string) => Promise<void> {
  const client = useQueryClient();
  const [uuid, setUuid] = useState(newUuid);
  return async (text) => {
    const params = { path: { id: image } };
    try {
      await need(api.POST("/api/images/{id}/comments/", { params, body: { uuid, text } }));
    } catch (problem) {
      if (problem instanceof Problem && problem.status === 409) setUuid(newUuid());
      throw problem;
    }
    setUuid(newUuid());
    void client.invalidateQueries({ queryKey: ["comments", image] });
  };
}
