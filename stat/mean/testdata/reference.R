# Writes reference.json: ratios of sums over units and their comparison, by
# den-weighted regressions with clustered errors (sandwich 3.0) and, for the
# degrees of freedom and the relative change, the formulas written out.
# Run inside this folder: Rscript reference.R
suppressMessages({library(sandwich); library(jsonlite)})
set.seed(42)
unit <- function(n, rate) { den <- sample(1:24, n, replace = TRUE); list(num = rpois(n, rate * den * rgamma(n, 4, 4)), den = den) }
one <- function(u) {
  i <- seq_along(u$num); f <- lm(u$num/u$den ~ 1, weights = u$den)
  se <- sqrt(vcovCL(f, cluster = i, type = "HC0", cadj = TRUE)[1, 1]); r <- unname(coef(f)[1]); n <- length(i)
  list(n = n, value = r, se = se, ci = r + c(-1, 1) * qt(.975, n - 1) * se)
}
a <- unit(40, .3); b <- unit(25, .5)
ra <- one(a); rb <- one(b)
satt <- function(va, na, vb, nb) (va + vb)^2/(va^2/(na - 1) + vb^2/(nb - 1))
d <- ra$value - rb$value; v <- c(ra$se, rb$se)^2; df <- satt(v[1], ra$n, v[2], rb$n); se <- sqrt(sum(v))
lv <- c(ra$se/ra$value, rb$se/rb$value)^2; ldf <- satt(lv[1], ra$n, lv[2], rb$n); l <- log(ra$value/rb$value)
# clusters within arms: 12 treated and 9 control accounts with several people each
g <- rep(1:21, times = sample(2:9, 21, replace = TRUE)); t <- as.integer(g <= 12); y <- round(10 + t + rnorm(21)[g] * 2 + rnorm(length(g)), 3)
f <- lm(y ~ t); V <- vcovCL(f, cluster = g, type = "HC1"); e <- residuals(f)
vt <- sum(tapply(e[t == 1], g[t == 1], sum)^2)/sum(t == 1)^2; vc <- sum(tapply(e[t == 0], g[t == 0], sum)^2)/sum(t == 0)^2
writeLines(toJSON(list(a = a, b = b, ratio_a = ra, ratio_b = rb,
  difference = list(value = d, se = se, df = df, p = 2 * pt(-abs(d/se), df), ci = d + c(-1, 1) * qt(.975, df) * se),
  relative = list(value = exp(l) - 1, log_se = sqrt(sum(lv)), df = ldf, ci = exp(l + c(-1, 1) * qt(.975, ldf) * sqrt(sum(lv))) - 1),
  nested = list(cluster = g, treated = t, y = y, value = unname(coef(f)[2]), se = sqrt(V[2, 2]), df = satt(vt, 12, vc, 9))),
  digits = I(15), auto_unbox = TRUE), "reference.json")
