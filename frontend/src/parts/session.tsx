import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type FormEvent, type ReactNode, useContext, useEffect, useState } from "react";
import { api, need, onSignedOut, Problem, type Schemas } from "../api/client";

type Session = Schemas["SessionRow"];
type SignedIn = { session: Session; user: NonNullable<Session["user"]> };

const Context = createContext<SignedIn | null>(null);
const resumed = new Set<() => void>();

export function useSession(): SignedIn {
  const value = useContext(Context);
  if (!value) throw new Error("used outside of SessionGate");
  return value;
}

/** Called after somebody has signed in again on a page whose login had ended. */
export function onSignedIn(listener: () => void): () => void {
  resumed.add(listener);
  return () => resumed.delete(listener);
}

/** Sign-in where nobody is signed in; and over a page whose login has ended, which keeps its state below. */
export function SessionGate({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ["session"], queryFn: () => need(api.GET("/api/session/")), staleTime: Infinity });
  const [ended, setEnded] = useState(false);
  useEffect(() => onSignedOut(() => setEnded(true)), []);
  if (error) return <Unreachable retry={() => void refetch()} />;
  if (!data) return null;
  const signedIn = (session: Session) => {
    const same = data.user?.id === session.user?.id;
    client.setQueryData(["session"], session);
    setEnded(false);
    if (same) void client.invalidateQueries();
    else client.removeQueries({ predicate: (query) => query.queryKey[0] !== "session" });
    resumed.forEach((listener) => listener());
  };
  if (!data.user) return <div className="sheet"><SignIn done={signedIn} title="Sign in to Frameloop" /></div>;
  return (
    <Context value={{ session: data, user: data.user }}>
      {children}
      {ended && <div className="sheet"><SignIn done={signedIn} title="Sign in again to go on" name={data.user.username} /></div>}
    </Context>
  );
}

function SignIn({ done, title, name = "" }: { done: (session: Session) => void; title: string; name?: string }) {
  const [username, setUsername] = useState(name);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    const { data, error, response } = await api.POST("/api/session/", { body: { username, password } });
    setBusy(false);
    if (data) return done(data);
    setProblem(response.status === 401 ? "The name or the password is wrong." : new Problem(response.status, detailOf(error)).message);
  };
  return (
    <form className="panel" onSubmit={submit} aria-labelledby="sign-in">
      <div className="row"><img src="/static/icon.svg" alt="" width="28" height="28" /><h1 id="sign-in">{title}</h1></div>
      {name && <p className="muted">What you have done is kept and will be sent.</p>}
      <label className="field"><span>User name</span><input value={username} onChange={(e) => setUsername(e.target.value)} autoComplete="username" autoFocus={!name} required /></label>
      <label className="field"><span>Password</span><input type="password" value={password} onChange={(e) => setPassword(e.target.value)} autoComplete="current-password" autoFocus={Boolean(name)} required /></label>
      {problem && <p className="note bad" role="alert">{problem}</p>}
      <button className="button primary" disabled={busy}>Sign in</button>
    </form>
  );
}

function detailOf(error: unknown): string {
  const detail = (error as { detail?: unknown } | undefined)?.detail;
  return typeof detail === "string" && detail ? detail : "The server refused this. Try again.";
}

function Unreachable({ retry }: { retry: () => void }) {
  return (
    <div className="sheet"><div className="panel" role="alert">
      <h1>The server does not answer</h1>
      <p className="muted">Check the network, or whether Frameloop is running.</p>
      <button className="button primary" onClick={retry}>Try again</button>
    </div></div>
  );
}
