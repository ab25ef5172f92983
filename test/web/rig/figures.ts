/** A measured figure, for whoever reads the run: `web: first load 98.2 kB (at most 150)`. */
export const tellFigure = (text: string): void => void process.stderr.write(`web: ${text}\n`);
