import { type FormEvent, useState } from "react";
import { api, problemOf } from "../api/client";
import { ErrorNote } from "./notes";
import type { Session } from "./session";

type Props = { done: (session: Session) => void; title: string; name?: string };

/** With `name`, over a page whose login has ended: the page stays as it is below. */
export function SignIn({ done, title, name = "" }: Props) {
  const [username, setUsername] = useState(name);
  const [password, setPassword] = useState("");
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem("");
    try {
      const { data, error, response } = await api.POST("/api/session/", { body: { username, password } });
      if (data) return done(data);
      setProblem(
        response.status === 401
          ? "The name or the password is wrong."
          : problemOf(response.status, error).message,
      );
    } catch {
      setProblem("The server does not answer. Check the network and try again.");
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className={`sheet${name ? "" : " whole"}`}>
      <form className="panel" onSubmit={submit} aria-labelledby="sign-in">
        <div className="row still">
          <img src="/static/icon.svg" alt="" width="28" height="28" />
          <h1 id="sign-in">{title}</h1>
        </div>
        {name && <p className="muted">What you have done is kept and will be sent.</p>}
        <label className="field">
          <span>User name</span>
          <input
            value={username}
            onChange={(event) => setUsername(event.target.value)}
            autoComplete="username"
            autoCapitalize="none"
            autoFocus={!name}
            required
          />
        </label>
        <label className="field">
          <span>Password</span>
          <input
            type="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="current-password"
            autoFocus={Boolean(name)}
            required
          />
        </label>
        <ErrorNote error={problem} />
        <button className="button primary" disabled={busy}>
          Sign in
        </button>
      </form>
    </div>
  );
}
