import fc from 'fast-check';

/**
 * The same examples in every run, so that what fails is what was changed. Another seed looks further: `FAST_CHECK_SEED=7 npm test -- test/fuzz`;
 * `npm run fuzz` looks furthest.
 */
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20_261_122) });

export { fc };
