# Writes reference.json: tests and intervals of shares by R 4.2 (stats), on
# R's own data sets and small tables. fisher.test stops its root search early
# (four digits of the odds ratio), Tango's interval is not in R: both are
# solved here to full precision. Run inside this folder: Rscript reference.R
suppressMessages(library(jsonlite))
exact <- function(f, lo, hi) uniroot(f, c(lo, hi), tol = 1e-15, maxiter = 10000)$root
fisher <- function(x1, n1, x2, n2, level = .95) {
  m <- matrix(c(x1, x2, n1 - x1, n2 - x2), 2); f <- fisher.test(m, conf.level = level)
  lo <- max(0, x1 + x2 - n2); hi <- min(n1, x1 + x2); s <- lo:hi; ld <- dhyper(s, x1 + x2, n1 + n2 - x1 - x2, n1, log = TRUE)
  d <- function(b) { w <- ld + b*s; w <- exp(w - max(w)); w/sum(w) }
  a <- (1 - level)/2
  or <- if (x1 == lo) 0 else if (x1 == hi) Inf else exp(exact(function(b) sum(s*d(b)) - x1, -30, 30))
  low <- if (x1 == lo) 0 else exp(exact(function(b) sum(d(b)[s >= x1]) - a, -30, 30))
  high <- if (x1 == hi) Inf else exp(exact(function(b) sum(d(b)[s <= x1]) - a, -30, 30))
  list(x1 = x1, n1 = n1, x2 = x2, n2 = n2, level = level, p = f$p.value, or = or, low = low, high = high, r_or = unname(f$estimate), r_ci = f$conf.int[1:2])
}
chi <- function(m, correct = FALSE) { f <- suppressWarnings(chisq.test(m, correct = correct)); list(table = matrix(as.vector(m), nrow(m)), chisq = unname(f$statistic), df = unname(f$parameter), p = f$p.value, smallest = min(f$expected)) }
caffo <- function(x1, n1, x2, n2, level = .95) { f <- suppressWarnings(prop.test(c(x1, x2) + 1, c(n1, n2) + 2, correct = FALSE, conf.level = level)); list(x1 = x1, n1 = n1, x2 = x2, n2 = n2, level = level, ci = pmin(1, pmax(-1, f$conf.int[1:2]))) }
two <- function(x1, n1, x2, n2) { y <- cbind(c(x1, x2), c(n1 - x1, n2 - x2)); f <- glm(y ~ c(1, 0), family = binomial, control = glm.control(epsilon = 1e-14, maxit = 100)); s <- coef(summary(f))[2, 1:2]
  yates <- suppressWarnings(prop.test(c(x1, x2), c(n1, n2))); list(x1 = x1, n1 = n1, x2 = x2, n2 = n2, or = unname(exp(s[1])), log_se = unname(s[2]), ci = unname(exp(s[1] + c(-1, 1)*qnorm(.975)*s[2])), yates = unname(yates$statistic), p_yates = yates$p.value) }
# cells: both, only after, only before, neither
paired <- function(v) { b <- v[2]; c <- v[3]; n <- sum(v); m <- matrix(v, 2); z <- qnorm(.975)
  score <- function(d) { A <- 2*n; B <- -b - c + (2*n - b + c)*d; C <- -c*d*(1 - d); q <- (sqrt(B^2 - 4*A*C) - B)/(2*A); (b - c - n*d)/sqrt(n*(2*q + d*(1 - d))) }
  e <- 1e-13; d0 <- (b - c)/n; up <- if (d0 >= 1) 1 else exact(function(d) score(d) + z, d0 + e, 1 - e); low <- if (d0 <= -1) -1 else exact(function(d) score(d) - z, -1 + e, d0 - e)
  plain <- mcnemar.test(m, correct = FALSE); cc <- mcnemar.test(m); k <- min(b, c)
  list(cells = v, diff = d0, tango = c(low, up), chisq = unname(plain$statistic), p = plain$p.value, chisq_cc = unname(cc$statistic), p_cc = cc$p.value,
    p_exact = binom.test(b, b + c)$p.value, p_mid = if (b == c) 1 else 2*pbinom(k, b + c, .5) - dbinom(k, b + c, .5)) }
u <- aperm(UCBAdmissions, c(2, 1, 3)); mh <- mantelhaen.test(u); mh0 <- mantelhaen.test(u, correct = FALSE)
strata <- lapply(1:6, function(k) c(u[1, 1, k], sum(u[1, , k]), u[2, 1, k], sum(u[2, , k])))
sat <- list(c(5, 8, 20, 41, 26), c(9, 15, 25, 30, 11)); tt <- t.test(rep(1:5, sat[[1]]), rep(1:5, sat[[2]]))
rocks <- function(v) { n <- sum(v) + 3; q <- (v[1] - v[3])/n; e <- sqrt(((v[1] + v[3] + 1.5)/n - q^2)/n); s <- (v[1] - v[3])/sum(v); list(s = s, ci = c(q - qnorm(.975)*e, q + qnorm(.975)*e), se = e) }
nps <- { a <- rocks(c(45, 30, 15)); b <- rocks(c(33, 41, 26)); d <- a$s - b$s; list(a = c(45, 30, 15), b = c(33, 41, 26), diff = 100*d, se = 100*sqrt(a$se^2 + b$se^2), ci = 100*c(d - sqrt((a$s - a$ci[1])^2 + (b$ci[2] - b$s)^2), d + sqrt((a$ci[2] - a$s)^2 + (b$s - b$ci[1])^2))) }
one <- function(x, n, level) list(x = x, n = n, level = level, clopper = binom.test(x, n, conf.level = level)$conf.int[1:2], jeffreys = qbeta(c((1 - level)/2, (1 + level)/2), x + .5, n - x + .5), wilson = suppressWarnings(prop.test(x, n, correct = FALSE, conf.level = level))$conf.int[1:2])
writeLines(toJSON(list(
  shares = list(one(3, 25, .95), one(1, 4000, .95), one(2, 1000000, .99), one(49999, 100000, .9), one(17, 18, .95), one(40, 80, .999)),
  fisher = list(fisher(3, 4, 1, 4), fisher(2, 12, 15, 18), fisher(56, 70, 48, 80), fisher(0, 12, 5, 10), fisher(6, 6, 3, 9), fisher(3, 20, 9, 21, .9), fisher(20, 4000, 41, 4100), fisher(900, 1000, 100, 1000), fisher(8279, 45489, 8502, 44700)),
  chi = list(chi(margin.table(HairEyeColor, c(1, 2))), chi(margin.table(Titanic, c(1, 4))), chi(matrix(c(12, 5, 7, 9), 2))), two = list(two(12, 19, 5, 14), two(56, 70, 48, 80), two(3, 900, 11, 1100)),
  smokers = { f <- prop.test(c(83, 90, 129, 70), c(86, 93, 136, 82)); list(x = c(83, 90, 129, 70), n = c(86, 93, 136, 82), chisq = unname(f$statistic), df = unname(f$parameter), p = f$p.value) },
  caffo = list(caffo(56, 70, 48, 80), caffo(0, 10, 0, 10), caffo(10, 10, 0, 10), caffo(1, 200, 7, 190, .9)),
  paired = list(paired(c(794, 150, 86, 570)), paired(c(1, 1, 7, 12)), paired(c(40, 9, 0, 11)), paired(c(0, 10, 0, 0)), paired(c(5, 3, 3, 5)), paired(c(100, 2000, 2200, 5000))),
  ucb = list(strata = strata, or = unname(mh$estimate), ci = mh$conf.int[1:2], chisq = unname(mh0$statistic), p = mh0$p.value, chisq_cc = unname(mh$statistic), p_cc = mh$p.value),
  csat = list(a = sat[[1]], b = sat[[2]], diff = unname(tt$estimate[1] - tt$estimate[2]), se = tt$stderr, df = unname(tt$parameter), p = tt$p.value, ci = tt$conf.int[1:2]), nps = nps),
  digits = I(16), auto_unbox = TRUE, na = "string"), "reference.json")
