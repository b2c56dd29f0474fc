# Simulates rows.csv (delayed entry, ties, weights, strata, clusters) and writes what R's survival
# package says about it to reference.json, 15 digits. Run inside testdata: Rscript reference.R
suppressMessages({library(survival); library(jsonlite)})
set.seed(7); n <- 160
d <- data.frame(id = rep(seq_len(n / 2), each = 2), g = sample(0:2, n, TRUE), s = sample(1:3, n, TRUE), x1 = round(rnorm(n), 2), x2 = rbinom(n, 1, .4), w = sample(1:3, n, TRUE))
d$start <- rep(c(0, NA), n / 2); d$stop <- ceiling(rexp(n, .12 * exp(.5 * d$x1 - .4 * d$x2)) * 2) / 2; d$event <- rbinom(n, 1, .75)
odd <- seq(1, n, 2) # every id has two spells, the second starts where the first ended, or later
d$event[odd] <- rbinom(n / 2, 1, .2); d$start[odd + 1] <- d$stop[odd] + sample(c(0, 0, 1), n / 2, TRUE); d$stop[odd + 1] <- d$start[odd + 1] + d$stop[odd + 1]
write.csv(d, "rows.csv", row.names = FALSE, quote = FALSE)

ctl <- coxph.control(eps = 1e-14, toler.chol = 1e-15, iter.max = 50)
cox <- function(f, ...) { m <- do.call(coxph, list(f, d, control = ctl, ...)); s <- summary(m)
  list(coef = unname(coef(m)), se = unname(sqrt(diag(m$var))), naive_se = unname(sqrt(diag(if (is.null(m$naive.var)) m$var else m$naive.var))), loglik = m$loglik, score = unname(m$score),
       wald = unname(m$wald.test), concordance = unname(s$concordance), zph = unname(cox.zph(m, transform = "km")$table[, 1]), zph_identity = unname(cox.zph(m, transform = "identity")$table[, 1]), zph_log = unname(cox.zph(m, transform = "log")$table[, 1]),
       hazard = head(basehaz(m, centered = FALSE)[, c("time", "hazard")], 8)) }
km <- function(f, weights = rep(1, n)) { o <- lapply(c(plain = "plain", log = "log", loglog = "log-log"), function(k) do.call(survfit, list(f, d, weights = weights, conf.type = k, robust = FALSE))); a <- o$plain; t <- c(2, 5, 9, 14)
  at <- function(x) { s <- summary(x, times = t, extend = TRUE); list(low = s$lower, high = s$upper) }; s <- summary(a, times = t, extend = TRUE)
  q <- quantile(o$loglog, c(.25, .5, .75))
  list(times = a$time, n_risk = a$n.risk, n_event = a$n.event, surv = a$surv, cumhaz = a$cumhaz, std_chaz = a$std.chaz, at = t, at_surv = s$surv, at_se = s$std.err,
       limits = lapply(o, at), q = unname(q$quantile), q_low = unname(q$lower), q_high = unname(q$upper), rmst9 = unname(summary(a, rmean = 9)$table[c("rmean", "se(rmean)")])) }
lr <- function(f, rho) { m <- survdiff(f, d, rho = rho); list(chisq = m$chisq, obs = if (is.matrix(m$obs)) rowSums(m$obs) else m$obs, exp = if (is.matrix(m$exp)) rowSums(m$exp) else m$exp) }
# Gehan and Tarone-Ware straight from their definition: R's survdiff has no such option.
weighted <- function(wf) { U <- V <- 0; g <- d$g == 2
  for (t in sort(unique(d$stop[d$event == 1]))) { r <- d$stop >= t; e <- d$stop == t & d$event == 1; N <- sum(r); N1 <- sum(r & g); D <- sum(e); w <- wf(N)
    U <- U + w * (sum(e & g) - D * N1 / N); if (N > 1) V <- V + w^2 * D * (N1 / N) * (1 - N1 / N) * (N - D) / (N - 1) }; U^2 / V }
e <- data.frame(t = c(1, 2, 3, 4, 5, 6), e = c(1, 1, 1, 0, 1, 1)) # level at exactly one half between 3 and 5
ref <- list(
  km_entry = km(Surv(start, stop, event) ~ 1), km_weighted = km(Surv(stop, event) ~ 1, weights = as.numeric(d$w)), km_entry_weighted = km(Surv(start, stop, event) ~ 1, weights = as.numeric(d$w)),
  lr = lr(Surv(stop, event) ~ g, 0), lr_peto = lr(Surv(stop, event) ~ g, 1), lr_strata = lr(Surv(stop, event) ~ g + strata(s), 0), lr_gehan = weighted(function(n) n), lr_tarone = weighted(sqrt),
  median_half = unname(summary(survfit(Surv(t, e) ~ 1, e))$table["median"]),
  cox_right = cox(Surv(stop, event) ~ x1 + x2), cox_right_breslow = cox(Surv(stop, event) ~ x1 + x2, ties = "breslow"),
  cox_entry = cox(Surv(start, stop, event) ~ x1 + x2), cox_entry_breslow = cox(Surv(start, stop, event) ~ x1 + x2, ties = "breslow"),
  cox_cluster = cox(Surv(start, stop, event) ~ x1 + x2, cluster = d$id), cox_cluster_breslow = cox(Surv(start, stop, event) ~ x1 + x2, cluster = d$id, ties = "breslow"),
  cox_strata = cox(Surv(start, stop, event) ~ x1 + x2 + strata(s), cluster = d$id), cox_weights = cox(Surv(start, stop, event) ~ x1 + x2, weights = as.numeric(d$w), cluster = d$id),
  cox_weights_breslow = cox(Surv(stop, event) ~ x1 + x2 + strata(s), weights = as.numeric(d$w), cluster = d$id, ties = "breslow"))
writeLines(toJSON(ref, digits = I(15), auto_unbox = TRUE, pretty = TRUE, na = "null"), "reference.json")
