/** What lies over the frame. */
class Shell {
  palette = $state(false);
  help = $state(false);
}

export const shell = new Shell();
