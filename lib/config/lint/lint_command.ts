/** What can be told from a command: shells that stay, and programs that leave. */
import type { LintFacts, Report } from "./report.ts";
import type { ServiceConfig } from "../model.ts";

/** Checks the command of a service. */
export function lintCommand(service: ServiceConfig, facts: LintFacts, report: Report): void {
  const { name, type } = service;
  lintWords(service, report);
  if (type === "simple" || type === "notify") {
    lintShell(service, report);
    const hint = daemonHint(programWords(service.argv), facts);
    if (hint === undefined) return;
    const message = `${name}: ${hint.program} puts itself into the background; ${hint.remedy}`;
    // Not an error: it runs as in 0.3.9, and the container stays until the daemon has ended.
    report("daemonizes", "warning", service, message);
  }
  if (type !== "forking") return;
  if (staysInForeground(programWords(service.argv))) {
    const message =
      `${name}: type forking waits for an exit, but the program stays in the foreground`;
    report("cannot-start", "error", service, message);
  }
}

/** What a shell would do something about, where it is a word of its own. */
const OPERATOR = /^(?:\|\|?|&&?|<|[12&]?>{1,2}(?:&[12]|\/\S*)?)$/;
const VARIABLE = /\$[A-Za-z_]\w*/;

/** Tells of the first word that was meant for a shell. */
function lintWords(service: ServiceConfig, report: Report): void {
  const { name, argv } = service;
  const words = argv.slice(1);
  const operator = words.find((word) => OPERATOR.test(word));
  if (operator !== undefined) {
    const message = `${name}: '${operator}' is an argument like any other, since no shell runs ` +
      "the command; write /bin/sh -c '…'";
    return report("no-shell", "warning", service, message);
  }
  if (argv.some((word) => SHELLS.has(baseName(word)))) return;
  const variable = VARIABLE.exec(words.join(" "))?.[0];
  if (variable === undefined) return;
  const message = `${name}: ${variable} stays as it is, since no shell runs the command; ` +
    `write $(${variable.slice(1)})`;
  report("no-shell", "warning", service, message);
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ash", "ksh", "zsh"]);

/** What a shell does itself, or what ends a loop: no program could take its place. */
const NO_PROGRAM = new RegExp(
  "^(?:(?:exec|wait|trap|echo|printf|read|exit|return|true|false|" +
    "done|fi|esac|while|for|until|case|if)\\b|[:})])",
);

function lintShell(service: ServiceConfig, report: Report): void {
  const script = shellScript(service.argv);
  if (script === undefined || /\btrap\b/.test(script)) return;
  const commands = splitScript(script);
  const last = commands.at(-1) ?? "";
  if (commands.length < 2 || last === "" || NO_PROGRAM.test(last)) return;
  report(
    "shell-hides-signals",
    "warning",
    service,
    `${service.name}: the shell stays the main process and hides signals and exit codes; ` +
      `write 'exec ${shorten(last)}' at its end`,
  );
}

/** Returns the script of `sh -c SCRIPT`. */
function shellScript(argv: readonly string[]): string | undefined {
  if (!SHELLS.has(baseName(argv[0] ?? ""))) return undefined;
  const at = argv.findIndex((word, index) => index > 0 && /^-[a-z]*c$/.test(word));
  return at < 0 ? undefined : argv[at + 1];
}

/** Splits a script at what separates commands, quotes and escapes respected. */
function splitScript(script: string): string[] {
  const commands = [""];
  const pattern = /'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]|&&|\|\||[;|&\n]|[^]/g;
  for (const [token] of script.replace(/[<>]&|&>/g, ">").matchAll(pattern)) {
    if (/^(?:&&|\|\||[;|&\n])$/.test(token)) commands.push("");
    else commands[commands.length - 1] += token;
  }
  const trimmed = commands.map((command) => command.trim());
  while (trimmed.at(-1) === "") trimmed.pop();
  return trimmed;
}

function shorten(command: string): string {
  return command.length > 40 ? `${command.slice(0, 39)}…` : command;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Programs that start another in their place, by how many of their words to skip at least. */
const WRAPPERS: Readonly<Record<string, number>> = {
  env: 1,
  exec: 1,
  nice: 1,
  setpriv: 1,
  "su-exec": 2,
  gosu: 2,
  stdbuf: 1,
};

/** Returns the words of the program that a service runs in the end. */
function programWords(argv: readonly string[]): readonly string[] {
  const script = shellScript(argv);
  let words = argv;
  if (script !== undefined) words = (splitScript(script).at(-1) ?? "").split(/\s+/);
  for (let skip = WRAPPERS[baseName(words[0] ?? "")]; skip !== undefined;) {
    words = words.slice(skip);
    while (/^-|^\w+=/.test(words[0] ?? "")) words = words.slice(1);
    skip = WRAPPERS[baseName(words[0] ?? "")];
  }
  return words;
}

interface DaemonHint {
  readonly program: string;
  readonly remedy: string;
}

/** A program that goes into the background unless something keeps it. */
interface Daemon {
  readonly program: RegExp;
  /** Arguments that keep it in the foreground. */
  readonly stays: RegExp;
  readonly remedy: string;
  /** Files of its configuration that may keep it, and what then stands in them. */
  readonly files?: readonly string[];
  readonly fileStays?: RegExp;
}

const DAEMONS: readonly Daemon[] = [
  {
    program: /^(?:nginx|openresty)$/,
    stays: /daemon off|(?:^| )-[tTvVhsq]/,
    remedy: "add -g 'daemon off;'",
    files: ["/etc/nginx/nginx.conf"],
    fileStays: /^\s*daemon\s+off\s*;/m,
  },
  {
    program: /^(?:apache2|httpd|apache2ctl|apachectl)$/,
    stays: /-D ?FOREGROUND|-X\b|-DNO_DETACH/,
    remedy: "add -D FOREGROUND",
  },
  {
    program: /^php-fpm[\d.]*$/,
    stays: /(?:^| )(?:-F|--nodaemonize|-t|-i|-v)\b/,
    remedy: "add --nodaemonize",
    files: ["/usr/local/etc/php-fpm.d/zz-docker.conf", "/usr/local/etc/php-fpm.conf"],
    fileStays: /^\s*daemonize\s*=\s*no\b/m,
  },
  { program: /^cron$/, stays: /(?:^| )-\w*f/, remedy: "add -f, or use services of type cron" },
  { program: /^crond$/, stays: /(?:^| )-\w*[fnd]/, remedy: "add -f, or use services of type cron" },
  { program: /^sshd$/, stays: /(?:^| )-\w*[DdtT]/, remedy: "add -D" },
  {
    program: /^rsyslogd$/,
    stays: /(?:^| )-\w*[nN]/,
    remedy: "add -n; chaperone serves /dev/log itself",
  },
  { program: /^supervisord$/, stays: /(?:^| )(?:-n|--nodaemon)\b/, remedy: "add --nodaemon" },
  { program: /^(?:named)$/, stays: /(?:^| )-[fg]\b/, remedy: "add -f" },
  {
    program: /^dnsmasq$/,
    stays: /(?:^| )(?:-k|-d|--keep-in-foreground|--no-daemon)\b/,
    remedy: "add -k",
  },
  { program: /^squid$/, stays: /(?:^| )(?:-\w*N|--foreground)/, remedy: "add --foreground" },
  { program: /^vsftpd$/, stays: /background=NO/i, remedy: "add -obackground=NO" },
];

/** Arguments by which any program asks for the background. */
const LEAVES: readonly (readonly [program: RegExp, args: RegExp, remedy: string])[] = [
  [/^(?:redis|valkey)-server$/, /--daemonize yes/, "say --daemonize no"],
  [/^memcached$/, /(?:^| )-\w*d\b/, "leave -d out"],
  [/^haproxy$/, /(?:^| )-D\b/, "say -W -db instead of -D"],
  [/^gunicorn$/, /(?:^| )(?:-D|--daemon)\b/, "leave --daemon out"],
  [/^uwsgi$/, /--daemonize2?\b/, "leave --daemonize out"],
  [/^(?:mysqld|mariadbd)$/, /--daemonize\b/, "leave --daemonize out"],
  [/^mongod$/, /--fork\b/, "leave --fork out"],
  [/^celery$/, /\bmulti\b|--detach\b/, "run celery worker without --detach"],
  [/^pg_ctl$/, /\bstart\b/, "run postgres itself"],
  [/^postfix$/, /\bstart$/, "say start-fg"],
  [/^(?:service|rc-service|systemctl|invoke-rc\.d)$/, /./, "run the program itself"],
];

function daemonHint(words: readonly string[], facts: LintFacts): DaemonHint | undefined {
  const program = baseName(words[0] ?? "");
  const args = words.slice(1).join(" ");
  if (words[0]?.startsWith("/etc/init.d/")) {
    return { program: words[0], remedy: "run the program itself" };
  }
  for (const [pattern, leaves, remedy] of LEAVES) {
    if (pattern.test(program) && leaves.test(args)) return { program, remedy };
  }
  const daemon = DAEMONS.find((candidate) => candidate.program.test(program));
  if (daemon === undefined || daemon.stays.test(args)) return undefined;
  const texts = (daemon.files ?? []).map((path) => facts.readText?.(path) ?? "");
  if (daemon.fileStays !== undefined && texts.some((text) => daemon.fileStays?.test(text))) {
    return undefined;
  }
  return { program, remedy: daemon.remedy };
}

/** Whether a command asks for the foreground in so many words. */
function staysInForeground(words: readonly string[]): boolean {
  const args = words.slice(1).join(" ");
  return /daemon off;|--nodaemonize\b|--daemonize no\b|-D ?FOREGROUND\b|--foreground\b/.test(args);
}
