/**
 * Colours and type of all pictures.
 *
 * The hues are Okabe & Ito's (2008), which people with any common colour blindness tell apart; what matters is never said by
 * colour alone: a dash, a mark or a word goes with it. Ink and muted text stand 4.5 : 1 or more against the paper.
 */
export const theme = {
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  paper: "#ffffff",
  ink: "#1f2933",
  muted: "#5f6c7b",
  edge: "#d9dfe6",
  grid: "#e8ecf1",
  /** The first series, and what is right. */
  blue: "#0072b2",
  /** The second series, and what is wrong. */
  vermilion: "#d55e00",
  /** Vermilion as text on paper. */
  rust: "#a84a00",
  /** Further series, in this order. */
  series: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#7f6000", "#56b4e9"],
} as const;
