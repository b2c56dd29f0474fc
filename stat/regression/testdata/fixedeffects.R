# Writes fixedeffects.json: lm with dummies, and sandwich, on a made unbalanced panel
# with weights and three factors. Run in this folder: Rscript fixedeffects.R
suppressMessages({library(sandwich); library(jsonlite)})
set.seed(20250311)
d <- expand.grid(month = 1:6, unit = 1:14)
d <- d[runif(nrow(d)) < 0.7, ]
d <- d[d$unit != 3 | d$month == min(d$month[d$unit == 3]), ]   # unit 3 keeps one row: a singleton
d$region <- (d$unit + d$month) %% 4
d$x1 <- round(rnorm(nrow(d)) + d$unit / 5, 3); d$x2 <- round(runif(nrow(d)) * d$month, 3)
d$w <- round(runif(nrow(d), 0.3, 2), 2)
d$y <- round(0.8 * d$x1 - 0.4 * d$x2 + sin(d$unit) + d$month / 3 + 0.3 * d$region + rnorm(nrow(d)), 3)
se <- function(v) unname(sqrt(diag(v))[c("x1", "x2")])
fit <- function(formula, d, weights = rep(1, nrow(d))) {
  d$k <- weights
  f <- lm(formula, d, weights = k); n <- nobs(f); K <- f$rank; G <- length(unique(d$unit))
  cr0 <- se(vcovCL(f, cluster = d$unit, type = "HC0", cadjust = FALSE))
  list(coef = unname(coef(f)[c("x1", "x2")]), n = n, df = f$df.residual, rss = deviance(f), classical = se(vcov(f)),
    hc0 = se(vcovHC(f, "HC0")), hc1 = se(vcovHC(f, "HC1")), cr0 = cr0,
    cr1_full = se(vcovCL(f, cluster = d$unit, type = "HC1")), cr1_none = cr0 * sqrt(G / (G - 1) * (n - 1) / (n - 2)), 
    cr1_nested = cr0 * sqrt(G / (G - 1) * (n - 1) / (n - (K - (G - 1)))))
}
s <- d[d$unit != 3, ]
writeLines(toJSON(list(data = as.list(d),
  oneway = fit(y ~ x1 + x2 + factor(unit), s), oneway_all = fit(y ~ x1 + x2 + factor(unit), d),
  twoway = fit(y ~ x1 + x2 + factor(unit) + factor(month), s), weighted = fit(y ~ x1 + x2 + factor(unit) + factor(month), s, s$w),
  threeway = fit(y ~ x1 + x2 + factor(unit) + factor(month) + factor(region), s, s$w),
  r = as.character(getRversion()), sandwich = as.character(packageVersion("sandwich"))), digits = I(15), auto_unbox = TRUE, pretty = TRUE), "fixedeffects.json")
