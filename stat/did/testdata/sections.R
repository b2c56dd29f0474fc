# Repeated cross-sections for stat/did: the three estimators of Sant'Anna and Zhao
# (2020) with lm and glm, and their standard errors from the infinitesimal jackknife:
# the derivative of the whole estimator with respect to the weight of each row, taken
# numerically. Rscript sections.R > sections.json
library(jsonlite); set.seed(20260501)
n <- 300; D <- rbinom(n, 1, .45); post <- rbinom(n, 1, .55); x1 <- round(rnorm(n, .4 * D), 3); x2 <- round(runif(n, 0, 2) + .2 * post, 3)
w <- round(runif(n, .5, 2), 2); y <- round(1 + .5 * x1 - .3 * x2 + post * (.4 + .3 * x1) + D * (.6 + .2 * x2) + D * post * (.8 + .2 * x1) + rnorm(n), 3)
X <- cbind(1, x1, x2)
ols <- function(s, w) lm.wfit(X[s, ], y[s], w[s])$coefficients
wm <- function(v, w) sum(v * w) / sum(w)
est <- function(w) {
  g <- suppressWarnings(glm.fit(X, D, weights = w, family = binomial(), control = list(epsilon = 1e-15, maxit = 100))); ps <- g$fitted.values; odds <- w * ps / (1 - ps)
  grp <- function(d, t) D == d & post == t
  mt <- function(t) wm(y[grp(1, t)], w[grp(1, t)])
  b <- function(d, t) ols(grp(d, t), w); xb <- colSums(X[D == 1, ] * w[D == 1]) / sum(w[D == 1])
  res <- function(t) { s <- grp(0, t); wm((y - X %*% b(0, t))[s], odds[s]) }
  c(reg = mt(1) - mt(0) - sum(xb * (b(0, 1) - b(0, 0))),
    ipw = mt(1) - mt(0) - (wm(y[grp(0, 1)], odds[grp(0, 1)]) - wm(y[grp(0, 0)], odds[grp(0, 0)])),
    dr = sum(xb * (b(1, 1) - b(0, 1) - b(1, 0) + b(0, 0))) - (res(1) - res(0)),
    plain = mt(1) - mt(0) - (wm(y[grp(0, 1)], w[grp(0, 1)]) - wm(y[grp(0, 0)], w[grp(0, 0)])))
}
h <- 1e-4
IF <- t(sapply(seq_len(n), function(i) { e <- function(s) { v <- w; v[i] <- v[i] + s * h; est(v) }
  (8 * (e(1) - e(-1)) - (e(2) - e(-2))) / (12 * h) * w[i] }))
out <- list(x1 = x1, x2 = x2, treated = D, after = post, weight = w, y = y, att = as.list(est(w)), se = as.list(sqrt(colSums(IF^2))))
# what R's DRDID 1.2.3 says (its functions sourced), for the record: point estimates agree
if (length(a <- commandArgs(TRUE))) { fastglm <- list(); f <- function(x, y, family = gaussian(), weights, intercept, method) { r <- glm.fit(x, y, weights = weights, family = family, control = list(epsilon = 1e-14, maxit = 50)); class(r) <- "glm"; r }
  run <- function(file, name) { e <- new.env(); t <- gsub("fastglm::fastglm", "f", readLines(file.path(a[1], file)), fixed = TRUE); assign("f", f, e); eval(parse(text = t), e); r <- get(name, e)(y = y, post = post, D = D, covariates = X, i.weights = w); list(att = unname(r$ATT), se = unname(r$se)) }
  out$drdid <- list(dr = run("drdid_rc.R", "drdid_rc"), reg = run("reg_did_rc.R", "reg_did_rc"), ipw = run("std_ipw_did_rc.R", "std_ipw_did_rc")) }
cat(toJSON(out, digits = I(16), auto_unbox = TRUE), "\n")
