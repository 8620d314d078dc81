import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, need, type Schemas } from "../api/client";
import { useSession } from "../parts/session";
import { CopyButton, ErrorNote, when } from "../parts/ui";

export default function Account() {
  const { user } = useSession();
  return <main className="page"><h1>{user.username}</h1><Tokens /><Password />{user.is_admin && <NewUser />}</main>;
}

function Tokens() {
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [scope, setScope] = useState<Schemas["TokenRow"]["scope"]>("read");
  const [days, setDays] = useState(90);
  const [made, setMade] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { data } = useQuery({ queryKey: ["tokens"], queryFn: () => need(api.GET("/api/tokens/")) });
  const refresh = () => void client.invalidateQueries({ queryKey: ["tokens"] });
  const make = async (event: FormEvent) => {
    event.preventDefault();
    setError(null);
    try {
      const token = await need(api.POST("/api/tokens/", { body: { name, scope, days } }));
      setMade(token.token ?? null);
      setName("");
      refresh();
    } catch (problem) {
      setError(problem);
    }
  };
  const revoke = async (id: number) => {
    await api.DELETE("/api/tokens/{id}/", { params: { path: { id } } });
    refresh();
  };
  return (
    <section className="panel stack"><h2>API tokens</h2>
      <p className="muted">For programs. One that only reads can also fetch predictions.</p>
      <form className="row" onSubmit={make}>
        <input style={{ flex: "1 1 180px", width: "auto" }} value={name} onChange={(e) => setName(e.target.value)} placeholder="What it is for" aria-label="Name of the token" required maxLength={100} />
        <select style={{ width: 150 }} value={scope} onChange={(e) => setScope(e.target.value as typeof scope)} aria-label="Scope"><option value="read">reads, predicts</option><option value="write">may do all I may</option></select>
        <select style={{ width: 120 }} value={days} onChange={(e) => setDays(Number(e.target.value))} aria-label="Valid for">{[7, 30, 90, 365].map((n) => <option key={n} value={n}>{n} days</option>)}</select>
        <button className="button primary">Make a token</button>
      </form>
      <ErrorNote error={error} />
      {made && <div className="note stack" role="status"><span>Copy it now: it is not shown again.</span><span className="row"><code style={{ overflowWrap: "anywhere" }}>{made}</code><CopyButton text={made} /></span></div>}
      <div className="scroll"><table><tbody>
        {data?.results.map((token) => <tr key={token.id}><td>{token.name}</td><td><span className="badge">{token.scope}</span></td><td className="muted small">until {when(token.expires)}</td><td className="muted small">{token.last_used ? `used ${when(token.last_used)}` : "never used"}</td><td className="number"><button className="button small" onClick={() => void revoke(token.id)}>Revoke</button></td></tr>)}
      </tbody></table></div>
      {data?.results.length === 0 && <p className="muted">None yet.</p>}
    </section>
  );
}

function Password() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [state, setState] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState(null);
    await need(api.POST("/api/session/password/", { body: { current, new: next } })).then(() => { setState("changed"); setCurrent(""); setNext(""); }, setState);
  };
  return (
    <form className="panel stack" onSubmit={submit}><h2>Password</h2>
      <div className="two">
        <label className="field"><span>Now</span><input type="password" value={current} onChange={(e) => setCurrent(e.target.value)} autoComplete="current-password" required /></label>
        <label className="field"><span>New, at least 8 characters</span><input type="password" value={next} onChange={(e) => setNext(e.target.value)} autoComplete="new-password" minLength={8} required /></label>
      </div>
      {state === "changed" ? <p className="note" role="status">Changed. Other sessions have ended.</p> : <ErrorNote error={state} />}
      <div><button className="button">Change the password</button></div>
    </form>
  );
}

function NewUser() {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [state, setState] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setState(null);
    await need(api.POST("/api/users/", { body: { username, password } })).then(() => { setState(`made ${username}`); setUsername(""); setPassword(""); }, setState);
  };
  return (
    <form className="panel stack" onSubmit={submit}><h2>New user</h2>
      <div className="two">
        <label className="field"><span>User name</span><input value={username} onChange={(e) => setUsername(e.target.value)} required autoComplete="off" /></label>
        <label className="field"><span>First password</span><input type="password" value={password} onChange={(e) => setPassword(e.target.value)} required minLength={8} autoComplete="new-password" /></label>
      </div>
      {typeof state === "string" ? <p className="note" role="status">{state}. A project's manager can add them now.</p> : <ErrorNote error={state} />}
      <div><button className="button">Make the user</button></div>
    </form>
  );
}
