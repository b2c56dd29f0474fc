# What R's survival and cmprsk say about competing risks, weighted curves and predictions, 16 digits.
# competing.json holds the few columns needed (survival::mgus2, transplant, veteran, bladder, pbc, lung
# are R's own data) and results. Run inside testdata: Rscript competing.R
suppressMessages({library(survival); library(cmprsk); library(jsonlite)})
limits <- function(f, at, k = NULL) { one <- function(kind) { s <- summary(f(kind), times = at, extend = TRUE); g <- function(m) if (is.null(k)) m else m[, k]; list(low = g(s$lower), high = g(s$upper)) }
  list(plain = one("plain"), log = one("log"), loglog = one("log-log")) }
# Aalen-Johansen: plasma-cell malignancy or death after a blood finding, months.
m <- mgus2; m$time <- with(m, ifelse(pstat == 0, futime, ptime)); m$cause <- with(m, ifelse(pstat == 0, 2 * death, 1)); m <- m[m$time > 0, ]
m$entry <- pmin(seq_len(nrow(m)) %% 5, m$time - 1); m$w <- 1 + (seq_len(nrow(m)) %% 7) / 8; m$unit <- seq_len(nrow(m)) %/% 3; m$half <- seq_len(nrow(m)) %% 2
state <- factor(m$cause, 0:2, c("censored", "pcm", "death")); at <- c(3, 12, 60, 120, 300)
aj <- function(y, ...) { f <- function(kind) do.call(survfit, list(y ~ 1, data = m, conf.type = kind, ...)); s <- summary(f("plain"), times = at, extend = TRUE)
  list(surv = s$pstate[, 1], value = list(s$pstate[, 2], s$pstate[, 3]), se = list(s$std.err[, 2], s$std.err[, 3]), limits = list(limits(f, at, 2), limits(f, at, 3))) }
# survfit leaves the cluster of several states out (3.5-3): sum its influences instead, after checking that each spell on its own gives its standard error.
ajc <- function(each = rep(1, nrow(m))) { fit <- survfit(Surv(time, state) ~ 1, m, weights = each, id = seq_len(nrow(m)), influence = TRUE); k <- findInterval(at, fit$time); u <- fit$influence.pstate[, k + 1, ] * each
  stopifnot(isTRUE(all.equal(sqrt(apply(u^2, 2:3, sum)), fit$std.err[k, ], check.attributes = FALSE))); se <- sqrt(apply(u, 2:3, function(x) sum(rowsum(x, m$unit)^2))); p <- fit$pstate[k, ]
  lim <- function(j) sapply(c(plain = "plain", log = "log", loglog = "log-log"), function(kind) { l <- survival:::survfit_confint(p[, j], se[, j], FALSE, kind, 0.95); list(low = l$lower, high = l$upper) }, simplify = FALSE)
  list(surv = p[, 1], value = list(p[, 2], p[, 3]), se = list(se[, 2], se[, 3]), limits = list(lim(2), lim(3))) }
gray <- function(g, strata = NULL) { x <- if (is.null(strata)) cuminc(m$time, m$cause, g, cencode = 0) else cuminc(m$time, m$cause, g, strata, cencode = 0); list(chisq = unname(x$Tests[, 1]), p = unname(x$Tests[, 2]), df = unname(x$Tests[, 3])) }
ci <- cuminc(m$time, m$cause, cencode = 0); tp <- timepoints(ci, at)
band <- findInterval(m$age, c(60, 70, 80))
# Weighted curves with robust standard errors.
wk <- function(...) { f <- function(kind) survfit(Surv(time, cause > 0) ~ 1, m, conf.type = kind, ...); s <- summary(f("plain"), times = at, extend = TRUE); list(surv = s$surv, se = s$std.err, limits = limits(f, at)) }
we <- function(...) { f <- function(kind) survfit(Surv(entry, time, cause > 0) ~ 1, m, conf.type = kind, ...); s <- summary(f("plain"), times = at, extend = TRUE); list(surv = s$surv, se = s$std.err, limits = limits(f, at)) }
pseudo <- function() { fit <- survfit(Surv(time, cause > 0) ~ 1, m, weights = w, id = seq_len(nrow(m)), influence = 1); t <- fit$time; tau <- 120
  k <- t <= tau; width <- diff(c(0, t[k], tau)); area <- sum(width * c(1, fit$surv[k])); u <- fit$influence.surv[, k, drop = FALSE] %*% width[-1]; list(value = area, se = sqrt(sum(u^2))) }
ctl <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50)
curve <- function(fit, new, at) { s <- summary(survfit(fit, newdata = new, conf.type = "log"), times = at, extend = TRUE); l <- summary(survfit(fit, newdata = new, conf.type = "log-log"), times = at, extend = TRUE)
  list(at = at, surv = as.vector(s$surv), se = as.vector(s$std.err), low = as.vector(s$lower), high = as.vector(s$upper), loglow = as.vector(l$lower), loghigh = as.vector(l$upper)) }
cox <- function(f, data, new = NULL, times = NULL, ...) { fit <- do.call(coxph, list(f, data, control = ctl, ...)); s <- summary(fit); z <- function(k) unname(cox.zph(fit, transform = k)$table[, 1])
  list(coef = unname(coef(fit)), se = unname(sqrt(diag(fit$var))), model_se = unname(sqrt(diag(if (is.null(fit$naive.var)) fit$var else fit$naive.var))), loglik = fit$loglik, score = unname(fit$score), wald = unname(fit$wald.test),
       n = fit$n, nevent = fit$nevent, zph = z("km"), zph_identity = z("identity"), concordance = unname(s$concordance), curve = if (is.null(new)) NULL else curve(fit, new, times)) }
v <- veteran; v$treat <- v$trt - 1; v$prior10 <- v$prior / 10; v$cell <- as.integer(v$celltype)
b <- bladder2; b$treat <- b$rx - 1; b <- b[b$stop > b$start, ]
p <- pbc[!is.na(pbc$trt), ]; p$treat <- p$trt - 1; p$logbili <- log(p$bili); p$dead <- as.integer(p$status == 2)
rm2 <- function(g, tau) unname(t(summary(survfit(g, data = p), rmean = tau)$table[, c("rmean", "se(rmean)")]))
km <- survfit(Surv(time, status) ~ trt, v); lr <- survdiff(Surv(time, status) ~ trt, v); lc <- survdiff(Surv(time, status) ~ celltype, v)
ref <- list(
  mgus = list(time = m$time, cause = m$cause, entry = m$entry, sex = as.integer(m$sex), band = band), at = at,
  aj = aj(Surv(m$time, state)), aj_cluster = ajc(), aj_weights = ajc(m$w),
  aj_entry = aj(Surv(m$entry, m$time, state), id = seq_len(nrow(m))),
  cuminc = list(value = unname(tp$est), variance = unname(tp$var)), gray_sex = gray(m$sex), gray_band = gray(band), gray_strata = gray(m$sex, band),
  km_weights = wk(weights = m$w, robust = TRUE), km_cluster = wk(weights = m$w, cluster = m$unit), km_entry = we(weights = m$w, cluster = m$unit), rmst_weights = pseudo(),
  veteran = list(time = v$time, status = v$status, treat = v$treat, karno = v$karno, diagtime = v$diagtime, age = v$age, prior10 = v$prior10, cell = v$cell),
  veteran_efron = cox(Surv(time, status) ~ treat + karno + diagtime + age + prior10, v, data.frame(treat = 1, karno = 60, diagtime = 5, age = 60, prior10 = 0), c(30, 100, 200, 400)),
  veteran_breslow = cox(Surv(time, status) ~ treat + karno + diagtime + age + prior10, v, data.frame(treat = 1, karno = 60, diagtime = 5, age = 60, prior10 = 0), c(30, 100, 200, 400), ties = "breslow"),
  veteran_strata = cox(Surv(time, status) ~ treat + karno + strata(cell), v, data.frame(treat = 0, karno = 50, cell = 2), c(10, 30, 60, 100)),
  veteran_lr = list(chisq = lr$chisq, obs = lr$obs, exp = lr$exp), veteran_lr_cell = list(chisq = lc$chisq), veteran_median = unname(t(summary(km)$table[, c("median", "0.95LCL", "0.95UCL")])), veteran_rmst = unname(t(summary(km, rmean = 365)$table[, c("rmean", "se(rmean)")])),
  bladder = list(id = b$id, start = b$start, stop = b$stop, event = b$event, treat = b$treat, number = b$number, size = b$size, enum = b$enum),
  bladder_cluster = cox(Surv(start, stop, event) ~ treat + number + size, b, data.frame(treat = 1, number = 2, size = 1), c(5, 15, 30), cluster = b$id), bladder_cluster_breslow = cox(Surv(start, stop, event) ~ treat + number + size, b, cluster = b$id, ties = "breslow"),
  bladder_pwp = cox(Surv(start, stop, event) ~ treat + number + size + strata(enum), b, cluster = b$id),
  pbc = list(time = p$time, dead = p$dead, treat = p$treat, age = p$age, logbili = p$logbili, albumin = p$albumin),
  pbc_efron = cox(Surv(time, dead) ~ treat + age + logbili + albumin, p, data.frame(treat = 0, age = 50, logbili = 1, albumin = 3.5), c(365, 1000, 2000, 4000)),
  pbc_rmst = rm2(Surv(time, dead) ~ treat, 3650))
writeLines(toJSON(ref, digits = I(16), auto_unbox = TRUE, na = "null"), "competing.json")
