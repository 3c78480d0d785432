/** The names of `InitOptions`, which every layer's options have too: what the numbers are and where they lie. */
export const placeNames = ["dtype", "device"] as const;
