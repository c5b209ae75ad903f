/** The parts of the manual pages that no table of the program holds, in Markdown. */

export const CHAPERONE_DESCRIPTION = `
chaperone is the first process of a container. It starts the services that its configuration describes in the
order they need, keeps them up, reaps orphans, is the syslog daemon on \`/dev/log\`, runs cron jobs and takes
sd_notify(3) messages. When the container stops, it takes the services down in order.

The configuration is a directory of YAML files, see chaperone.d(5). telchap(1) looks into a running container and
controls it.

The first word that is not an option is a command; what follows belongs to it. It runs when all services are
up, as the service \`CONSOLE\`. Without a configuration, it runs alone, with its output on the console.

Long options may be shortened as long as they stay unambiguous; \`--name=value\` and \`--name value\` are the
same.

As another process than 1, chaperone says so, and reaps and signals only what its own services have started.
`;

export const INIT_DESCRIPTION = `
\`chaperone --init\` writes a starting configuration instead of running one: for what is found in the image, or
converted from the configuration of another program. What has no counterpart becomes a comment. \`--init\` must be the
first argument; it is an option because \`chaperone init\` runs a program called init.
`;

export const POST_MORTEM_DESCRIPTION = `
\`chaperone post-mortem\` tells how a container's life ended, from what chaperone recorded of it on a volume, see
\`state_dir\` in chaperone.d(5): why, what led there, what was running. It needs no running chaperone:

\`\`\`
docker run --rm -v state:/var/lib/chaperone IMAGE post-mortem
\`\`\`
`;

export const MCP_DESCRIPTION = `
\`chaperone mcp\`, alone or with these options and as another process than 1, speaks the Model Context Protocol on
standard input and output: tools for status, why, logs, events, runs, diff, start, stop, restart, run and apply, with
the rights of the user that it runs as. An agent starts it, by \`docker exec -i CONTAINER chaperone mcp\`.
`;

export const CHAPERONE_ENVIRONMENT = `
| variable | meaning |
| --- | --- |
| \`_CHAP_OPTIONS\` | Options, and a command, that count as given unless the command line says otherwise. Ignored with \`--no-defaults\`. |
| \`CHAPERONE_CONSOLE\` | \`plain\`, \`prefix\` or \`json\`: as the directive \`console\`. |
| \`NOTIFY_SOCKET\` | Where chaperone tells its own service manager that the container is ready. Not passed on to services. |
| \`XDG_RUNTIME_DIR\` | Where the run directory is if \`/run\` cannot be written. |
| \`NO_COLOR\` | If it is not empty, nothing is coloured. |

What chaperone sets for services is in chaperone.d(5).
`;

export const CHAPERONE_FILES = `
| path | what it is |
| --- | --- |
| \`/etc/chaperone.d\` | The configuration, unless \`--config\` names another. |
| \`/dev/log\` | The socket that syslog(3) writes to. |
| \`/dev/chaperone.sock\` | The socket that telchap(1) asks. |
| \`/run/chaperone\` | The run directory: notify sockets, and the two above where \`/dev\` cannot be written. Else \`$XDG_RUNTIME_DIR/chaperone\`, else \`/tmp/chaperone-UID\`. |
`;

export const CHAPERONE_EXAMPLES = `
All services of \`/etc/chaperone.d\`, as the image's entry point:

\`\`\`
ENTRYPOINT ["/usr/local/bin/chaperone"]
\`\`\`

The same, and a shell; the container ends with it:

\`\`\`
docker run --rm -it IMAGE /bin/bash
\`\`\`

One program alone, its output, its exit status:

\`\`\`
docker run --rm IMAGE --task backup --full
\`\`\`

Services run as the owner of \`/srv/data\`, who is created as app if need be:

\`\`\`
docker run -v data:/srv/data IMAGE --create-user app:/srv/data
\`\`\`

A configuration to start from, and one converted:

\`\`\`
chaperone --init --to chaperone.d
chaperone --init --stdout --from-systemd web.service backup.timer
\`\`\`
`;

export const TELCHAP_DESCRIPTION = `
telchap looks into a running container and controls it. It asks chaperone(8) over the control socket. Where there
is no link called telchap, \`chaperone telchap\` is the same.

Services are named with or without \`.service\`. Groups and patterns such as \`'web.*'\` stand for all that they
match. Options may stand before or after names.

Each command says who may use it. *Read* commands are open to whom \`control_mode\` lets look, *write* commands to
root, \`control_uid\` and members of \`control_gid\`; any other user may give those that are about services for the
services of its own. *Local* commands do not ask chaperone.
`;

export const TELCHAP_EXIT_STATUS = `
| status | when |
| --- | --- |
| 0 | done |
| 1 | refused or failed; with \`check\`: the configuration has an error |
| 2 | not understood |
| 3 | nobody answers |
| 4 | not permitted |
| N | \`run --wait\`: that of the run; \`exec\`: that of the command, 127 and 126 as in a shell |
`;

export const TELCHAP_ENVIRONMENT = `
| variable | meaning |
| --- | --- |
| \`CHAPERONE_SOCKET\` | The path of the control socket, for a chaperone whose configuration has a \`run_dir\`. |
| \`NO_COLOR\` | If it is not empty, nothing is coloured. |
`;

export const TELCHAP_FILES = `
These sockets are tried in this order, unless \`CHAPERONE_SOCKET\` names one:

\`\`\`
/dev/chaperone.sock
/run/chaperone/chaperone.sock
$XDG_RUNTIME_DIR/chaperone/chaperone.sock
/tmp/chaperone-UID/chaperone.sock
\`\`\`
`;

export const TELCHAP_EXAMPLES = `
Look around:

\`\`\`
telchap status
telchap why web
telchap show web
telchap logs -f -n 50 web
telchap events --json
\`\`\`

Restart all instances of web one after another, and come back when the last is up:

\`\`\`
telchap restart --wait 'web.*'
\`\`\`

From outside of the container:

\`\`\`
docker exec CONTAINER telchap status
\`\`\`

Check a configuration in the build of an image, for a code host:

\`\`\`
telchap check --root /path/to/image --format sarif > chaperone.sarif
\`\`\`

See what is different in the configuration, then put it in force:

\`\`\`
telchap diff
telchap apply --timeout 1m
\`\`\`

Complete commands and names in bash:

\`\`\`
eval "$(telchap completion bash)"
\`\`\`
`;

export const CONFIG_DESCRIPTION = `
What chaperone(8) is to start, and where log records go. A first configuration:

\`\`\`
console.logging:
  selector: '*.warn;daemon,local5.info'
  stdout: true

cache.service:
  command: redis-server --bind 127.0.0.1
  restart: true

web.service:
  command: nginx -g 'daemon off;'
  after: cache.service
  kill_signal: SIGQUIT
  exit_kills: true
\`\`\`

\`telchap check\` loads a configuration, starts nothing, and says what is wrong or unwise in it.
`;

/** Introduces the directives, whose facts follow in the same words. */
export const DIRECTIVES_INTRODUCTION = `
## Directives

The next three sections list the directives of each kind of section, each with an example. *Expanded* says when \`$(...)\` in a value is replaced, see [environment language](#environment-language).
Directives since 0.4.0 or 0.5.0 are unknown to the chaperone of 2015, which was 0.3.9.
`;

export const CONFIG_FILES = `
| path | what it is |
| --- | --- |
| \`/etc/chaperone.d/*.conf\`, \`/etc/chaperone.d/*.yaml\` | Read in byte order of their names. |
| \`chaperone.schema.json\` | The JSON schema of a file, for editors. \`chaperone --init\` writes it. |
`;

export const ENVCP_DESCRIPTION = `
envcp copies files and expands variables in them from the environment: templates become configuration files when a
container starts. \`$(NAME)\` and \`\${NAME}\` are understood with all operators of the environment language, see
chaperone.d(5); \`$NAME\` is plain text.

\`FILE...\` is a source and a destination, or sources and an existing directory, or a single \`-\` for standard
input to standard output. Files that exist are not replaced without \`--overwrite\`. Where a \`$(NAME:?text)\`
fails, the destination stays as it was.
`;

export const ENVCP_EXAMPLES = `
\`\`\`
envcp --strip .tpl /etc/templates/*.tpl /etc/app
PORT=8080 envcp - < app.conf.tpl > app.conf
\`\`\`

Files that are full of \`$\` themselves, such as scripts, with \`%{NAME}\` for variables:

\`\`\`
envcp --xprefix % --xgrouping '{' start.in start.sh
\`\`\`
`;

export const SDNOTIFY_DESCRIPTION = `
sdnotify tells the service manager at \`NOTIFY_SOCKET\` about the service that runs it. It is what systemd-notify(1)
is to systemd, for scripts that are services of type \`notify\`, see chaperone.d(5). Each message is sent as a
datagram of its own: first \`MAINPID\`, then \`STATUS\`, then \`READY\`, then the variables of the command line, whose
names are put in capitals.
`;

export const SDNOTIFY_EXIT_STATUS = `
| status | when |
| --- | --- |
| 0 | everything was sent, or there is no \`NOTIFY_SOCKET\` |
| 1 | something could not be sent, unless \`--ignore\` is given; wrong options; \`--booted\` |
`;

export const SDNOTIFY_EXAMPLES = `
\`\`\`
sdnotify --status 'loading the index'
sdnotify --ready --pid $$
sdnotify RELOADING=1
\`\`\`
`;

export const SDNOTIFY_EXEC_DESCRIPTION = `
sdnotify-exec makes a notify socket, runs a command with it in \`NOTIFY_SOCKET\`, and passes the messages that
arrive on to the \`NOTIFY_SOCKET\` of its own environment. That is for commands that start their service elsewhere,
such as \`docker run\`, and for scripts that have to know when a service is ready.

\`%{NAME}\` in the command stands for a variable of the environment, or for one of these:

| variable | meaning |
| --- | --- |
| \`NOTIFY_SOCKET\` | the path of the new socket |
| \`ORIG_NOTIFY_SOCKET\` | the socket of the environment, empty where there is none |
| \`PID\` | the number of this process |
| \`SOCKET_ARGS\` | options of \`docker run\` that hand the socket to a container; \`--template\` sets others |
`;

export const SDNOTIFY_EXEC_EXIT_STATUS = `
| status | when |
| --- | --- |
| N | the command ended with N, or the messages of \`--wait-ready\` or \`--wait-stop\` said \`ERRNO=N\` |
| 0 | \`--wait-ready\`: \`READY=1\` came; \`--wait-stop\`: \`STOPPING=1\` came |
| 1 | wrong options, no socket could be made, or \`--timeout\` has passed |
| 126, 127 | the command cannot be run, or is not there |
`;

export const SDNOTIFY_EXEC_EXAMPLES = `
Start a container, and go on once the service in it is ready:

\`\`\`
sdnotify-exec --wait-ready docker run -d %{SOCKET_ARGS} IMAGE
\`\`\`
`;

export const HEALTH_DESCRIPTION = `
chaperone-health asks the status server of a running chaperone(8) whether the container is ready, and prints the
answer. It is made for \`HEALTHCHECK\` and exec probes in images without a shell. Without an argument it asks where
the setting \`http\` of the configuration says, and there for \`/readyz\`.

Where there is no link called chaperone-health, \`chaperone health\` is the same; as process 1, though, that runs a
command named health.
`;

export const HEALTH_EXIT_STATUS = `
| status | when |
| --- | --- |
| 0 | the answer was 2xx or 3xx: the container is ready |
| 1 | anything else, no answer and wrong options among it |
`;

export const HEALTH_EXAMPLES = `
\`\`\`
HEALTHCHECK --interval=10s CMD ["/usr/local/bin/chaperone", "health"]
chaperone health 127.0.0.1:9100
\`\`\`
`;
