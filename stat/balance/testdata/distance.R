# Writes distance.json: weighted Kolmogorov-Smirnov distances by brute force
# over all values (the definition of R's cobalt, col_w_ks), overlap numbers and
# a prognostic score, in base R, on a simulated sample that the file holds too.
# Run inside this folder: Rscript distance.R
suppressMessages(library(jsonlite))
set.seed(20261122)
n <- 120; t <- rbinom(n, 1, .4); tenure <- round(rexp(n, .05 + .02 * t)); size <- round(exp(rnorm(n, 3 + .3 * t, .7)), 2); plan <- rbinom(n, 1, .3 + .3 * t)
e <- round(plogis(-.8 + .5 * t + rnorm(n)), 3); w <- round(ifelse(t == 1, 1, e / (1 - e)), 5); y <- round(5 + .1 * size - .05 * tenure + plan + rnorm(n), 3)
F <- function(x, a, w, v) sum(w[t == a & x <= v]) / sum(w[t == a])
ks <- function(x, w) max(sapply(x, function(v) abs(F(x, 1, w, v) - F(x, 0, w, v))))
X <- list(tenure = tenure, size = size, plan = plan)
one <- e[t == 1]; zero <- e[t == 0]; b <- seq(min(e), max(e), length.out = 11); h <- function(x) tabulate(findInterval(x, b, all.inside = TRUE), 10)
prog <- as.numeric(cbind(1, tenure, size, plan) %*% coef(lm(y ~ tenure + size + plan, subset = t == 0)))
smd <- function(x, w) (weighted.mean(x[t == 1], w[t == 1]) - weighted.mean(x[t == 0], w[t == 0])) / sd(x[t == 1])
writeLines(toJSON(list(treated = t, tenure = tenure, size = size, plan = plan, score = e, weights = w, outcome = y,
  ks_before = lapply(X, ks, rep(1, n)), ks_after = lapply(X, ks, w), outside = c(mean(zero < min(one) | zero > max(one)), mean(one < min(zero) | one > max(zero))),
  c = mean(outer(one, zero, ">") + outer(one, zero, "==") / 2), common = sum(pmin(h(one) / length(one), h(zero) / length(zero))), bins = list(h(zero), h(one)), range = c(range(zero), range(one)),
  prognostic = prog, prognostic_smd = c(smd(prog, rep(1, n)), smd(prog, w))), digits = I(16), auto_unbox = TRUE), "distance.json")
