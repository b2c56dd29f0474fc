# Writes reference.json and rows.csv (simulated experiments). Run inside this
# folder: Rscript reference.R
suppressMessages({library(jsonlite); library(estimatr); library(clubSandwich); library(mvtnorm); library(lme4); library(AER); library(sandwich)})
set.seed(20)
# 90 units in three strata, two covariates, one taken-up treatment, accounts of unequal size
n <- 90; stratum <- rep(1:3, c(20, 30, 40)); z <- integer(n); for (s in 1:3) { i <- which(stratum == s); z[sample(i, length(i) * .4)] <- 1 }
x1 <- round(rnorm(n, 10 + stratum), 3); x2 <- round(rexp(n), 3); take <- as.integer(runif(n) < ifelse(z == 1, .65, .1))
y <- round(2 + .8 * x1 - .5 * x2 + take * (1 + .2 * x1) + rnorm(n), 3)
d <- data.frame(y, z, x1, x2, take, stratum)
g <- rep(1:17, c(3, 9, 4, 12, 5, 7, 2, 15, 6, 6, 8, 3, 11, 5, 4, 9, 20)); gz <- as.integer(g %% 2 == 0); gy <- round(5 + .7 * gz + rnorm(17)[g] + rnorm(length(g), sd = 1.5), 3); gb <- as.integer(gy > 5.5)
write.csv(rbind(data.frame(part = "units", y = y, treated = z, x1 = x1, x2 = x2, taken = take, group = stratum),
                data.frame(part = "clusters", y = gy, treated = gz, x1 = 0, x2 = 0, taken = gb, group = g)), "rows.csv", row.names = FALSE)
fit <- function(f, k = "z") { s <- summary(f)$coefficients[k, ]; list(est = s[[1]], se = s[[2]], df = f$df[[k]], low = f$conf.low[[k]], high = f$conf.high[[k]], p = f$p.value[[k]]) }
welch <- function(v) { w <- t.test(v[z == 1], v[z == 0]); list(est = unname(w$estimate[1] - w$estimate[2]), se = unname(w$stderr), df = unname(w$parameter), low = w$conf.int[1], high = w$conf.int[2], p = w$p.value) }
th <- cov(y, x1)/var(x1); m <- lm(y ~ x1 + x2)
cuped <- list(one = c(welch(y - th * (x1 - mean(x1))), theta = th, reduction = cor(y, x1)^2), two = c(welch(resid(m)), list(theta = unname(coef(m)[-1]), reduction = summary(m)$r.squared)))
blocked <- difference_in_means(y ~ z, blocks = stratum, data = d)
iv <- iv_robust(y ~ take | z, se_type = "HC2"); aer <- ivreg(y ~ take | z)
# Anderson-Rubin: roots of the HC2 test of y - r*take on z
ar <- function(r) { f <- lm_robust(I(y - r * take) ~ z, se_type = "HC2"); abs(f$statistic[["z"]]) - qt(.975, n - 2) }
c0 <- coef(iv)[["take"]]; ar_low <- uniroot(ar, c(c0 - 20, c0), tol = 1e-13)$root; ar_high <- uniroot(ar, c(c0, c0 + 20), tol = 1e-13)$root
first <- lm_robust(take ~ z, se_type = "HC2")
cl <- lm(gy ~ gz); cr2 <- coef_test(cl, vcov = "CR2", cluster = g, test = "Satterthwaite")
mns <- tapply(gy, g, mean); mz <- tapply(gz, g, mean); cm <- t.test(mns[mz == 1], mns[mz == 0])
icc <- function(v, groups, by = NULL, level = .95) { a <- if (is.null(by)) anova(lm(v ~ factor(groups))) else anova(lm(v ~ factor(by) + factor(groups))); k <- nrow(a); b <- a[k - 1, ]; w <- a[k, ]
  nn <- tapply(v, groups, length); arm <- if (is.null(by)) rep(1, length(nn)) else tapply(by, groups, mean); m0 <- sum(tapply(nn, arm, function(q) sum(q) - sum(q^2)/sum(q)))/b$Df; F <- b[["Mean Sq"]]/w[["Mean Sq"]]; r <- function(F) (F - 1)/(F + m0 - 1); al <- (1 - level)/2
  list(icc = r(F), low = r(F/qf(1 - al, b$Df, w$Df)), high = r(F * qf(1 - al, w$Df, b$Df)), between = b[["Mean Sq"]], within = w[["Mean Sq"]], size = m0) }
ds <- as.data.frame(Dyestuff); re <- lmer(Yield ~ 1 | Batch, ds, control = lmerControl(optCtrl = list(xtol_abs = 1e-14, ftol_abs = 1e-14))); vc <- as.data.frame(VarCorr(re))$vcov
# Welch with matched pairs of clusters: Imai, King and Nall's weighted differences
pairs <- list(nt = c(12, 30, 8, 20, 15), nc = c(10, 25, 11, 24, 9), mt = c(3.1, 4.4, 2.2, 5.0, 3.9), mc = c(2.5, 4.1, 2.4, 3.8, 3.0)); wt <- with(pairs, (nt + nc)/sum(nt + nc)) * 5; pt1 <- t.test(wt * (pairs$mt - pairs$mc))
srm <- function(x, p) { z <- suppressWarnings(chisq.test(x, p = p)); list(counts = x, plan = p, chisq = unname(z$statistic), p = z$p.value) }
exact <- function(x, p) { n <- sum(x); g <- expand.grid(rep(list(0:n), length(x) - 1)); g <- cbind(g, n - rowSums(g)); g <- g[g[, ncol(g)] >= 0, ]; pr <- apply(g, 1, dmultinom, prob = p); list(counts = x, plan = p, p = sum(pr[pr <= dmultinom(x, prob = p) * (1 + 1e-7)])) }
# group-sequential boundaries by multivariate normal probabilities (Miwa's deterministic algorithm up to 5 looks)
R <- function(t) outer(t, t, function(a, b) sqrt(pmin(a, b)/pmax(a, b)))
stay <- function(c, t, drift = 0) if (length(c) == 1) diff(pnorm(c(-c, c), drift * sqrt(t[1]))) else pmvnorm(lower = -c, upper = c, mean = drift * sqrt(t[seq_along(c)]), corr = R(t[seq_along(c)]), algorithm = Miwa(steps = 4097))[1]
bounds <- function(t, f) { c <- numeric(0); for (k in seq_along(t)) c <- c(c, uniroot(function(z) 1 - stay(c(c, z), t) - f(t[k]), c(.5, 8), tol = 1e-10)$root); c }
obf <- function(t) 2 * pnorm(-qnorm(.975)/sqrt(t)); poc <- function(t) .05 * log(1 + (exp(1) - 1) * t)
tt <- c(.25, .5, .8, 1); b <- bounds(tt, obf)
up <- function(c, t, drift) { s <- 0; for (k in seq_along(c)) s <- s + if (k == 1) pnorm(c[1], drift * sqrt(t[1]), lower.tail = FALSE) else pmvnorm(lower = c(-c[seq_len(k - 1)], c[k]), upper = c(c[seq_len(k - 1)], Inf), mean = drift * sqrt(t[1:k]), corr = R(t[1:k]), algorithm = Miwa(steps = 4097))[1]; s }
gs <- list(information = tt, obf = b, pocock = bounds(tt, poc), power3 = up(b, tt, 3), final = local({ bb <- b; z <- 2.9; f <- function(dr) up(c(bb[1], z), tt[1:2], dr); q <- function(p) uniroot(function(dr) f(dr) - p, c(-10, 20), tol = 1e-10)$root; list(look = 1, z = z, p = 2 * f(0), median = q(.5), low = q(.025), high = q(.975)) }))
# beta-binomial by adaptive integration; small counts with an informative prior
bb <- function(xt, nt, xc, nc, a, b) { A <- c(a + xt, b + nt - xt); B <- c(a + xc, b + nc - xc); I <- function(f, lo = 0, hi = 1) integrate(f, lo, hi, rel.tol = 1e-12, subdivisions = 5000)$value
  better <- I(function(x) dbeta(x, A[1], A[2]) * pbeta(x, B[1], B[2])); lossT <- I(function(u) pbeta(u, A[1], A[2]) * pbeta(u, B[1], B[2], lower.tail = FALSE)); lossC <- I(function(u) pbeta(u, B[1], B[2]) * pbeta(u, A[1], A[2], lower.tail = FALSE))
  D <- function(d) I(function(x) dbeta(x, B[1], B[2]) * pbeta(x + d, A[1], A[2])); L <- function(l) I(function(x) dbeta(x, B[1], B[2]) * pbeta(x * (1 + l), A[1], A[2])); q <- function(f, p, lo, hi) uniroot(function(v) f(v) - p, c(lo, hi), tol = 1e-13)$root
  list(xt = xt, nt = nt, xc = xc, nc = nc, a = a, b = b, better = better, loss_t = lossT, loss_c = lossC, cred_t = qbeta(c(.025, .975), A[1], A[2]), cred_c = qbeta(c(.025, .975), B[1], B[2]), diff = c(q(D, .025, -.99, .99), q(D, .975, -.99, .99)), lift = c(q(L, .025, -1 + 1e-9, 50), q(L, .5, -.99, 50), q(L, .975, -.99, 50))) }
nb <- function(v, s, m, t) { w <- (v/s^2 + m/t^2)/(1/s^2 + 1/t^2); sd <- sqrt(1/(1/s^2 + 1/t^2)); list(value = v, se = s, mean = m, sd = t, post = w, post_sd = sd, better = pnorm(w/sd), loss_t = integrate(function(e) -e * dnorm(e, w, sd), w - 40 * sd, 0, rel.tol = 1e-12)$value, loss_c = integrate(function(e) e * dnorm(e, w, sd), 0, w + 40 * sd, rel.tol = 1e-12)$value) }
out <- list(cuped = cuped, ancova = fit(lm_robust(y ~ z + x1 + x2, se_type = "HC2")), lin = fit(lm_lin(y ~ z, covariates = ~ x1 + x2, data = d, se_type = "HC2")),
  blocked = list(est = blocked$coefficients[[1]], se = blocked$std.error[[1]]),
  complier = c(fit(iv, "take"), list(first = coef(first)[["z"]], f = unname(first$statistic[["z"]]^2), region = c(ar_low, ar_high), aer = coef(aer)[["take"]])),
  cr2 = list(est = coef(cl)[["gz"]], se = cr2["gz", "SE"], df = cr2["gz", grep("^df", names(cr2))[1]], p = cr2["gz", grep("^p", names(cr2))[1]]),
  cluster_means = list(est = unname(cm$estimate[1] - cm$estimate[2]), se = unname(cm$stderr), df = unname(cm$parameter), p = cm$p.value),
  icc = icc(gy, g, gz), icc_binary = icc(gb, g, gz), dyestuff = c(list(yield = ds$Yield, batch = as.integer(ds$Batch)), icc(ds$Yield, ds$Batch), list(reml = vc[1]/sum(vc))),
  pairs = c(pairs, list(est = unname(pt1$estimate), se = unname(pt1$stderr), low = pt1$conf.int[1], high = pt1$conf.int[2])),
  srm = list(srm(c(5021, 4880), c(.5, .5)), srm(c(812, 410, 395), c(.5, .25, .25)), srm(c(90123, 10321), c(.9, .1)), srm(c(6000, 4000), c(.5, .5))),
  exact = list(exact(c(7, 1), c(.5, .5)), exact(c(3, 0, 6), c(.5, .2, .3)), exact(c(4, 9), c(.6, .4))), binom = binom.test(1, 8)$p.value,
  group = gs, beta = list(bb(9, 40, 3, 38, 1, 1), bb(0, 25, 4, 30, .5, .5), bb(120, 1000, 150, 1020, 20, 130)), normal = list(nb(.05, .04, 0, .3), nb(-1.2, .5, .4, .6), nb(3, 1, 0, .2)))
writeLines(toJSON(out, digits = I(17), auto_unbox = TRUE), "reference.json")
