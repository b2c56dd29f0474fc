# Writes iv.json: AER's ivreg with its diagnostics, sandwich, and Anderson-Rubin sets by
# uniroot, on made rows with strong, weak and useless instruments. Run in this folder: Rscript iv.R
suppressMessages({library(AER); library(jsonlite)})
set.seed(20250718)
n <- 90; g <- rep(1:15, each = 6)
d <- data.frame(g = g, x = round(rnorm(n), 3), z1 = round(rnorm(n), 3), z2 = round(rnorm(n) + rnorm(15)[g] / 2, 3), w = round(runif(n, 0.3, 2), 2))
u <- rnorm(n) + 0.6 * rnorm(15)[g]
d$strong <- round(0.8 * d$z1 + 0.5 * d$z2 + 0.3 * d$x + 0.7 * u + rnorm(n), 3)
d$weak <- round(0.17 * d$z1 + 0.7 * u + rnorm(n), 3)
d$other <- round(0.6 * d$z2 - 0.4 * d$z1 + 0.3 * u + rnorm(n), 3)
d$y <- round(1 + 0.5 * d$strong - 0.2 * d$x + u * (1 + abs(d$z1)) / 1.5, 3)
d$y2 <- round(1 + 0.5 * d$weak - 0.2 * d$x + u, 3)
d$y3 <- round(d$y + 1.2 * d$z2, 3)   # z2 touches the outcome: an empty set
se <- function(v) unname(sqrt(diag(v)))
first <- function(f1, f0, v, dfd) { b <- coef(f1); j <- setdiff(names(b), names(coef(f0))); F <- drop(t(b[j]) %*% solve(v[j, j], b[j])) / length(j)
  Z <- residuals(lm(model.matrix(f1)[, j] ~ model.matrix(f0) - 1, weights = weights(f1))); if (!is.null(weights(f1))) Z <- Z * sqrt(weights(f1)); Q <- crossprod(Z)
  c(F, length(j), dfd, pf(F, length(j), dfd, lower.tail = FALSE), drop(t(b[j]) %*% Q %*% b[j]) / sum(diag(v[j, j] %*% Q))) }
iv <- function(f, f1, f0, d) { s <- summary(f, diagnostics = TRUE)$diagnostics
  list(coef = unname(coef(f)), classical = se(vcov(f)), hc0 = se(sandwich(f)), hc1 = se(sandwich(f, adjust = TRUE)), cr0 = se(vcovCL(f, cluster = d$g, type = "HC0", cadjust = FALSE)), cr1 = se(vcovCL(f, cluster = d$g, type = "HC1")),
    rss = sum((if (is.null(weights(f))) 1 else weights(f)) * residuals(f)^2), wu = unname(s["Wu-Hausman", c("statistic", "df1", "df2", "p-value")]),
    first = first(f1, f0, vcov(f1), f1$df.residual), first_hc1 = first(f1, f0, vcovHC(f1, "HC1"), f1$df.residual), first_cr1 = first(f1, f0, vcovCL(f1, cluster = d$g, type = "HC1"), 14)) }
sargan <- function(f) unname(summary(f, diagnostics = TRUE)$diagnostics["Sargan", c("statistic", "df1", "p-value")])
hansen <- function(y, X, Z, e, g = NULL) { S <- if (is.null(g)) crossprod(Z * e) else crossprod(rowsum(Z * e, g)); W <- solve(S); A <- crossprod(Z, X)
  b <- solve(t(A) %*% W %*% A, t(A) %*% W %*% crossprod(Z, y)); m <- crossprod(Z, y - X %*% b); J <- drop(t(m) %*% W %*% m); c(J, ncol(Z) - ncol(X), pchisq(J, ncol(Z) - ncol(X), lower.tail = FALSE)) }
# the F test of the instruments in y - b * endogenous, for a covariance v
ar <- function(y, end, z, vc, dfd) { m <- length(z); stat <- function(b) { d$k <- d[[y]] - b * d[[end]]; f <- lm(reformulate(c("x", z), "k"), d); j <- z; bb <- coef(f)[j]; drop(t(bb) %*% solve(vc(f)[j, j, drop = FALSE], bb)) / m }
  lim <- qf(0.95, m, dfd); grid <- tan(seq(-pi / 2 + 1e-4, pi / 2 - 1e-4, length.out = 301)); v <- sapply(grid, stat) - lim; i <- which(diff(sign(v)) != 0)
  F0 <- stat(0)
  list(zero = c(F0, m, dfd, pf(F0, m, dfd, lower.tail = FALSE)), inside = as.integer(c(v[1] <= 0, v[length(v)] <= 0)), ends = as.list(sapply(i, function(k) uniroot(function(b) stat(b) - lim, grid[k + 0:1], tol = 1e-13)$root))) }
hc1 <- function(f) vcovHC(f, "HC1"); cr1 <- function(f) vcovCL(f, cluster = d$g, type = "HC1")
over <- ivreg(y ~ strong + x | z1 + z2 + x, data = d); just <- ivreg(y ~ strong + x | z1 + x, data = d)
wted <- ivreg(y ~ strong + x | z1 + z2 + x, data = d, weights = w); two <- ivreg(y ~ strong + other + x | z1 + z2 + I(z1 * z2) + x, data = d)
X <- model.matrix(over, component = "regressors"); Z <- model.matrix(over, component = "instruments")
writeLines(toJSON(list(data = as.list(d),
  over = iv(over, lm(strong ~ x + z1 + z2, d), lm(strong ~ x, d), d), just = iv(just, lm(strong ~ x + z1, d), lm(strong ~ x, d), d),
  weighted = iv(wted, lm(strong ~ x + z1 + z2, d, weights = w), lm(strong ~ x, d, weights = w), d),
  two = list(coef = unname(coef(two)), classical = se(vcov(two)), hc1 = se(sandwich(two, adjust = TRUE)), wu = unname(summary(two, diagnostics = TRUE)$diagnostics["Wu-Hausman", c("statistic", "df1", "df2", "p-value")])),
  sargan = sargan(over), sargan_weighted = { e <- sqrt(d$w) * residuals(wted); J <- n * sum(lm.fit(sqrt(d$w) * Z, e)$fitted.values^2) / sum(e^2); c(J, 1, pchisq(J, 1, lower.tail = FALSE)) }, sargan_two = sargan(two),
  hansen = hansen(d$y, X, Z, residuals(over)), hansen_cluster = hansen(d$y, X, Z, residuals(over), d$g),
  ar = list(strong = ar("y", "strong", c("z1", "z2"), vcov, n - 4), strong_hc1 = ar("y", "strong", c("z1", "z2"), hc1, n - 4), strong_cr1 = ar("y", "strong", c("z1", "z2"), cr1, 14),
    just = ar("y", "strong", "z1", vcov, n - 3), just_hc1 = ar("y", "strong", "z1", hc1, n - 3), weak = ar("y2", "weak", "z1", vcov, n - 3), weak_cr1 = ar("y2", "weak", "z1", cr1, 14),
    none = ar("y2", "weak", "z2", vcov, n - 3), empty = ar("y3", "strong", c("z1", "z2"), vcov, n - 4), empty_hc1 = ar("y3", "strong", c("z1", "z2"), hc1, n - 4)),
  r = as.character(getRversion()), AER = as.character(packageVersion("AER")), sandwich = as.character(packageVersion("sandwich"))), digits = I(15), auto_unbox = TRUE, pretty = TRUE), "iv.json")
