// Package stat is a library for measuring effects: it finds out what changed
// after training, how much of that training caused, and how sure one can be.
//
// The library takes numbers and returns numbers. It does no I/O, reads no clock
// and keeps no state; random sources are passed in, so equal inputs give equal
// results. Every method gives a point estimate with its standard error and
// interval, says what it assumes and cites its source, and is checked against
// someone else's numbers (docs/method/accuracy.md) and by simulation
// (docs/method/coverage.md). docs/method has a page in plain words for each.
//
// Package stat itself holds what all families share: the errors that data can
// give, and the interval and test that an estimate carries. The methods live in
// sub-packages, one family each. This is the map: which question leads to which
// method and which function.
//
// # What is there: counts, shares and averages
//
//   - How large, how spread, where is the middle? [summary.Of], [summary.OfWeighted], [summary.Quantile], [summary.Quantiles]
//   - What share finished, renewed, stayed? [proportion.Wilson]; exact [proportion.ClopperPearson], Bayesian [proportion.Jeffreys]
//   - How satisfied are they? [proportion.NPS], [proportion.CSAT], [proportion.CSATMean]
//   - How many tickets for each account and month? A ratio of sums: [mean.Ratio]
//
// # Is it different: two groups, no claim of cause
//
//   - Shares: [proportion.Newcombe], [proportion.AgrestiCaffo]; as ratios [proportion.RiskRatio], [proportion.OddsRatio];
//     over strata [proportion.MantelHaenszel]; tables [proportion.Independence], [proportion.SameShare]; few of them [proportion.FisherExact]
//   - Scores: [proportion.NPSDifference], [proportion.CSATDifference]
//   - Averages: [mean.Welch]; without a normal distribution [mean.MannWhitney]; several groups [mean.WelchANOVA], [mean.KruskalWallis]
//   - The same people twice: [mean.Paired], [mean.SignedRank]; yes or no [proportion.McNemar], [proportion.PairedDifference]
//   - Ratios: [mean.RatioDifference], [mean.RelativeDifference]; with a denominator near zero [mean.FiellerRatio]
//   - People within accounts: [mean.ClusterDifference]
//   - Any statistic at all: [resample.Bootstrap]; is there any difference: [resample.Permutation]
//
// # How does it depend: regression
//
//   - A number, a share, a count: [regression.OLS], [regression.WLS], [regression.Logistic], [regression.Poisson],
//     each with robust (HC0 to HC3) and cluster-robust (CR0 to CR3) covariances; [regression.Coefficients] for tests
//   - Many accounts over many months: [regression.FixedEffects]
//   - Somebody was nudged but not made to train: [regression.Instrumented]
//
// # When does it happen: churn, renewal, time to value
//
//   - How many are left: [survival.KaplanMeier]; for several reasons [survival.AalenJohansen]
//   - Is one curve above the other: [survival.LogRank], [survival.Gray]; by how many months: [survival.RMSTDifference]
//   - With covariates, also ones that change (training): [survival.Cox]
//
// # What did training cause, without an experiment
//
//   - It started at different times, and there are months before: [did.Estimate]; from repeated surveys [did.EstimateCrossSections];
//     one start only [did.TwoByTwo]. What people run and should not: [did.TwoWayFixedEffects], shown wrong by [did.Bacon]
//   - It concerns churn, or there is little before: sequential target trials, [trial.Run]
//   - One launch, other units untouched: [series.SyntheticDID], [series.SyntheticControl]
//   - Everybody at once: [series.SegmentedNeweyWest], [series.SegmentedPraisWinsten], [series.SegmentedGLS],
//     [series.SegmentedCounts]; [series.SegmentedOLS] where months do not depend on each other
//   - One point in time, many covariates: [weighting.AIPW], [weighting.EntropyBalance], [weighting.Overlap], [weighting.IPW];
//     [matching.Nearest], [matching.Mahalanobis], [matching.Subclassify], [matching.RiskSetMatching]
//
// # What did training cause, with an experiment
//
//   - Was it run right: [experiment.SampleRatio]
//   - Effect as assigned: [experiment.CompareMeans], [experiment.CompareShares]; whole accounts [experiment.ClusterRandomised]
//   - More precise with the past: [experiment.CUPED], [experiment.Lin], [experiment.Stratified]
//   - On those who took it up: [experiment.CACE]
//   - Looked at while it runs: [experiment.ConfidenceSequence], [experiment.MSPRT], [experiment.SpendAlpha]
//     with [experiment.OBrienFleming] or [experiment.Pocock]
//   - As probabilities: [experiment.BayesShares], [experiment.BayesNormal]
//   - How many are needed, what could be seen: [power.Size], [power.Detectable]
//   - Many outcomes at once: [multiple.Holm], [multiple.Hochberg], [multiple.Bonferroni]; false discoveries [multiple.BenjaminiHochberg],
//     [multiple.BenjaminiYekutieli]
//
// # For whom does it work
//
//   - By segment, without the winner's curse: [heterogeneity.Shrink]; is there a difference: [heterogeneity.Interaction]
//   - By account: [heterogeneity.Fit], [heterogeneity.Validate]; whom to train first: [heterogeneity.Uplift]
//
// # Could it be wrong
//
//   - Were the arms alike: [balance.New]; by what foretells the outcome [balance.Prognostic]; was there overlap: [balance.Overlap]
//   - Would the trends have been the same: [did.GroupTime] (PreTrend), [did.PlaceboDate], [did.Smoothness], [did.RelativeMagnitudes]
//   - Could something unseen explain it: [sensitivity.Of] (E-value), [sensitivity.NewCoefficient], [sensitivity.MatchedPairs]
//   - Does one cohort decide: [did.LeaveCohortsOut], [sensitivity.LeaveOneOut]; does it move what it cannot: [sensitivity.Placebos]
//
// # What did people learn
//
//   - Which questions are bad: [learning.Items], [learning.Distractors], [learning.Alpha], [learning.FitIRT]
//   - What do they know now, and in a month: [learning.FitTracing], [learning.FitForgetting], [learning.NormalisedGain]
//
// # What is it worth
//
//   - Over years: [money.NPV], [money.IRR], [money.Payback]
//   - With its uncertainty: [money.Draw], [money.BreakEven], [money.Tornado], [money.Median]
//
// # What the methods are made of
//
//   - Designs of covariates: [regression.WithIntercept], [regression.NewSolver], [regression.Zero], [regression.StandardErrors]
//   - Numerators and denominators: [mean.Pairs], [mean.MergePairs]
//   - Random streams that do not depend on who draws: [resample.Stream], [resample.Child]; [resample.Acceleration]
//   - Sums that lose no digit: [summary.Sum]; [summary.QuantileSorted], [summary.SMD], [proportion.NPSScore], [experiment.Sizes]
//
// [balance.New]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/balance#New
// [balance.Overlap]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/balance#Overlap
// [balance.Prognostic]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/balance#Prognostic
// [did.Bacon]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#Bacon
// [did.Estimate]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#Estimate
// [did.EstimateCrossSections]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#EstimateCrossSections
// [did.GroupTime]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#GroupTime
// [did.LeaveCohortsOut]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#LeaveCohortsOut
// [did.PlaceboDate]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#PlaceboDate
// [did.RelativeMagnitudes]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#RelativeMagnitudes
// [did.Smoothness]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#Smoothness
// [did.TwoByTwo]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#TwoByTwo
// [did.TwoWayFixedEffects]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/did#TwoWayFixedEffects
// [experiment.BayesNormal]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#BayesNormal
// [experiment.BayesShares]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#BayesShares
// [experiment.CACE]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#CACE
// [experiment.CUPED]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#CUPED
// [experiment.ClusterRandomised]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#ClusterRandomised
// [experiment.CompareMeans]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#CompareMeans
// [experiment.CompareShares]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#CompareShares
// [experiment.ConfidenceSequence]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#ConfidenceSequence
// [experiment.Lin]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#Lin
// [experiment.MSPRT]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#MSPRT
// [experiment.OBrienFleming]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#OBrienFleming
// [experiment.Pocock]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#Pocock
// [experiment.SampleRatio]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#SampleRatio
// [experiment.Sizes]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#Sizes
// [experiment.SpendAlpha]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#SpendAlpha
// [experiment.Stratified]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/experiment#Stratified
// [heterogeneity.Fit]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/heterogeneity#Fit
// [heterogeneity.Interaction]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/heterogeneity#Interaction
// [heterogeneity.Shrink]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/heterogeneity#Shrink
// [heterogeneity.Uplift]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/heterogeneity#Uplift
// [heterogeneity.Validate]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/heterogeneity#Validate
// [learning.Alpha]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#Alpha
// [learning.Distractors]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#Distractors
// [learning.FitForgetting]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#FitForgetting
// [learning.FitIRT]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#FitIRT
// [learning.FitTracing]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#FitTracing
// [learning.Items]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#Items
// [learning.NormalisedGain]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/learning#NormalisedGain
// [matching.Mahalanobis]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/matching#Mahalanobis
// [matching.Nearest]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/matching#Nearest
// [matching.RiskSetMatching]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/matching#RiskSetMatching
// [matching.Subclassify]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/matching#Subclassify
// [mean.ClusterDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#ClusterDifference
// [mean.FiellerRatio]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#FiellerRatio
// [mean.KruskalWallis]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#KruskalWallis
// [mean.MannWhitney]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#MannWhitney
// [mean.MergePairs]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#MergePairs
// [mean.Paired]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#Paired
// [mean.Pairs]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#Pairs
// [mean.Ratio]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#Ratio
// [mean.RatioDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#RatioDifference
// [mean.RelativeDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#RelativeDifference
// [mean.SignedRank]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#SignedRank
// [mean.Welch]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#Welch
// [mean.WelchANOVA]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/mean#WelchANOVA
// [money.BreakEven]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#BreakEven
// [money.Draw]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#Draw
// [money.IRR]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#IRR
// [money.Median]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#Median
// [money.NPV]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#NPV
// [money.Payback]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#Payback
// [money.Tornado]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/money#Tornado
// [multiple.BenjaminiHochberg]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/multiple#BenjaminiHochberg
// [multiple.BenjaminiYekutieli]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/multiple#BenjaminiYekutieli
// [multiple.Bonferroni]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/multiple#Bonferroni
// [multiple.Hochberg]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/multiple#Hochberg
// [multiple.Holm]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/multiple#Holm
// [power.Detectable]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/power#Detectable
// [power.Size]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/power#Size
// [proportion.AgrestiCaffo]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#AgrestiCaffo
// [proportion.CSAT]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#CSAT
// [proportion.CSATDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#CSATDifference
// [proportion.CSATMean]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#CSATMean
// [proportion.ClopperPearson]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#ClopperPearson
// [proportion.FisherExact]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#FisherExact
// [proportion.Independence]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#Independence
// [proportion.Jeffreys]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#Jeffreys
// [proportion.MantelHaenszel]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#MantelHaenszel
// [proportion.McNemar]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#McNemar
// [proportion.NPS]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#NPS
// [proportion.NPSDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#NPSDifference
// [proportion.NPSScore]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#NPSScore
// [proportion.Newcombe]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#Newcombe
// [proportion.OddsRatio]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#OddsRatio
// [proportion.PairedDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#PairedDifference
// [proportion.RiskRatio]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#RiskRatio
// [proportion.SameShare]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#SameShare
// [proportion.Wilson]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/proportion#Wilson
// [regression.Coefficients]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#Coefficients
// [regression.FixedEffects]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#FixedEffects
// [regression.Instrumented]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#Instrumented
// [regression.Logistic]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#Logistic
// [regression.NewSolver]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#NewSolver
// [regression.OLS]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#OLS
// [regression.Poisson]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#Poisson
// [regression.StandardErrors]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#StandardErrors
// [regression.WLS]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#WLS
// [regression.WithIntercept]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#WithIntercept
// [regression.Zero]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/regression#Zero
// [resample.Acceleration]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/resample#Acceleration
// [resample.Bootstrap]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/resample#Bootstrap
// [resample.Child]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/resample#Child
// [resample.Permutation]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/resample#Permutation
// [resample.Stream]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/resample#Stream
// [sensitivity.LeaveOneOut]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/sensitivity#LeaveOneOut
// [sensitivity.MatchedPairs]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/sensitivity#MatchedPairs
// [sensitivity.NewCoefficient]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/sensitivity#NewCoefficient
// [sensitivity.Of]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/sensitivity#Of
// [sensitivity.Placebos]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/sensitivity#Placebos
// [series.SegmentedCounts]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SegmentedCounts
// [series.SegmentedGLS]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SegmentedGLS
// [series.SegmentedNeweyWest]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SegmentedNeweyWest
// [series.SegmentedOLS]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SegmentedOLS
// [series.SegmentedPraisWinsten]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SegmentedPraisWinsten
// [series.SyntheticControl]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SyntheticControl
// [series.SyntheticDID]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/series#SyntheticDID
// [summary.Of]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#Of
// [summary.OfWeighted]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#OfWeighted
// [summary.Quantile]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#Quantile
// [summary.QuantileSorted]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#QuantileSorted
// [summary.Quantiles]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#Quantiles
// [summary.SMD]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#SMD
// [summary.Sum]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/summary#Sum
// [survival.AalenJohansen]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/survival#AalenJohansen
// [survival.Cox]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/survival#Cox
// [survival.Gray]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/survival#Gray
// [survival.KaplanMeier]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/survival#KaplanMeier
// [survival.LogRank]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/survival#LogRank
// [survival.RMSTDifference]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/survival#RMSTDifference
// [trial.Run]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/trial#Run
// [weighting.AIPW]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/weighting#AIPW
// [weighting.EntropyBalance]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/weighting#EntropyBalance
// [weighting.IPW]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/weighting#IPW
// [weighting.Overlap]: https://pkg.go.dev/github.com/liftmark/liftmark/stat/weighting#Overlap
package stat
