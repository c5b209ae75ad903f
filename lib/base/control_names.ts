/** Names that both ends of the control socket know. */

/** Its name in a run directory. */
export const CONTROL_SOCKET_NAME = "control.sock";
