import { type FormEvent, useState } from "react";
import { api, need } from "../../api/client";
import { ErrorNote } from "../../parts/notes";

/** For site admins; there is no open sign-up. */
export function NewUser() {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [made, setMade] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setMade("");
    setError(null);
    try {
      await need(api.POST("/api/users/", { body: { username, password } }));
      setMade(username);
      setUsername("");
      setPassword("");
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form className="panel stack" onSubmit={submit}>
      <h2>New user</h2>
      <div className="two">
        <label className="field">
          <span>User name</span>
          <input
            value={username}
            onChange={(event) => setUsername(event.target.value)}
            autoComplete="off"
            autoCapitalize="none"
            required
          />
        </label>
        <label className="field">
          <span>First password</span>
          <input
            type="password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            autoComplete="new-password"
            minLength={8}
            required
          />
        </label>
      </div>
      <ErrorNote error={error} />
      {made && (
        <p className="note good" role="status">
          Made {made}. A project's manager can add them now.
        </p>
      )}
      <div>
        <button className="button">Make the user</button>
      </div>
    </form>
  );
}
