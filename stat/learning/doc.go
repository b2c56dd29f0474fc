// Package learning measures what a test measures and what people keep.
//
// From a test's answers: [Items] and [Distractors] judge questions, [Alpha] the
// test as a whole (classical test theory); [FitIRT] separates the difficulty
// of questions from the ability of people (one- and two-parameter logistic
// models by marginal maximum likelihood), [FitRasch] does so without assuming
// how ability is distributed. From scores before and after: [Gains], [Change],
// [Retention]. From answers in sequence: [FitTracing] (Bayesian knowledge
// tracing). From answers over time: [FitForgetting].
//
// It says what people know, not what training caused: without people who were
// not trained, a gain is a change. Other packages compare.
// Generalised partial credit, guessing parameters and adaptive testing are not
// here.
package learning
