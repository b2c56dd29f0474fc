# Simulates a small panel (units.csv, covariates.csv) and emulates its trials with base R and
# glm: reference.json holds weights and curves to 15 digits. Run inside testdata: Rscript reference.R
suppressMessages(library(jsonlite)); library(splines)
set.seed(20261122)
N <- 300; T <- 16; H <- 6
units <- NULL; cov <- NULL
for (i in 1:N) {
  entry <- sample(-4:6, 1); size <- round(rnorm(1), 3); usage <- round(rnorm(1, 0.3 * size), 3); treated <- NA; exit <- T - 1; event <- 0
  first <- max(entry, 0)
  for (t in first:(T - 1)) {
    if (t > entry) { # the decision looks at last period's usage; then the event, then this period's usage
      if (is.na(treated) && runif(1) < plogis(-3.2 + 0.6 * usage + 0.3 * size + 0.1 * (t %% 5))) treated <- t
      if (runif(1) < plogis(-2.6 - 0.5 * usage - 0.2 * size - ifelse(!is.na(treated) && treated < t, 0.6, 0) + 0.15 * (t %% 4))) { event <- 1; exit <- t; break }
    }
    usage <- round(0.6 * usage + rnorm(1, 0.2 * size, 0.7), 3)
    cov <- rbind(cov, data.frame(unit = i - 1, period = t, usage = usage, size = size))
  }
  if (event == 0 && runif(1) < 0.15) { exit <- sample(first:(T - 1), 1); if (!is.na(treated) && treated > exit) treated <- NA }
  units <- rbind(units, data.frame(unit = i - 1, entry = entry, exit = exit, event = event, treated = treated))
}
cov <- cov[cov$period <= units$exit[cov$unit + 1], ]
write.csv(units, "units.csv", row.names = FALSE, quote = FALSE); write.csv(cov, "covariates.csv", row.names = FALSE, quote = FALSE)

# One row per unit and period in which it could have started: present and untreated at the end of m-1
# for at least `tenure` periods, event-free at the end of m.
person_periods <- function(first, last, tenure) {
  rows <- NULL
  for (m in first:last) {
    u <- units; present <- u$entry <= m & (m < u$exit | (m == u$exit & u$event == 0))
    ok <- present & (m - u$entry) >= tenure & (is.na(u$treated) | u$treated >= m)
    r <- u[ok, ]; r$m <- m; r$a <- as.integer(!is.na(r$treated) & r$treated == m); rows <- rbind(rows, r)
  }
  rows$key <- paste(rows$unit, rows$m - 1); k <- match(rows$key, paste(cov$unit, cov$period))
  rows$usage <- cov$usage[k]; rows$size <- cov$size[k]; stopifnot(!any(is.na(rows$usage))); rows
}

emulate <- function(first = 1, last = T - 2, tenure = 1, strategy = "started", target = "eligible", calendar = "factor", trim = 1) {
  rows <- person_periods(first, if (strategy == "sustained") min(last + H, T - 1) else last, tenure)
  both <- tapply(rows$a, rows$m, function(a) any(a == 1) && any(a == 0)); active <- both[as.character(rows$m)]
  rows$p <- ifelse(rows$a == 1, 1, 0)
  fitrows <- rows[active, ]
  if (calendar == "factor") f <- a ~ factor(m) + usage + size else {
    s <- sort(rows$m); kn <- unique(s[pmax(1, ceiling(c(.05, .275, .5, .725, .95) * length(s) - 1e-9))])
    f <- a ~ ns(m, knots = kn[2:(length(kn) - 1)], Boundary.knots = kn[c(1, length(kn))]) + usage + size }
  rows$p[active] <- fitted(glm(f, binomial, fitrows, control = glm.control(epsilon = 1e-15, maxit = 100)))
  tr <- rows[active & rows$m <= last, ]; share <- mean(tr$a)
  tr$w <- if (target == "eligible") ifelse(tr$a == 1, share / tr$p, (1 - share) / (1 - tr$p)) else ifelse(tr$a == 1, 1, tr$p / (1 - tr$p) * (1 - share) / share)
  for (g in 0:1) { k <- tr$a == g; cap <- quantile(tr$w[k], trim, type = 1); tr$w[k] <- pmin(tr$w[k], cap) }
  tr$follow <- pmin(H, tr$exit - tr$m)
  if (strategy == "sustained") { k <- tr$a == 0 & !is.na(tr$treated); tr$follow[k] <- pmin(tr$follow[k], tr$treated[k] - tr$m[k]) }
  tr$d <- as.integer(tr$event == 1 & tr$exit - tr$m == tr$follow)
  stay <- setNames(1 / (1 - rows$p), paste(rows$unit, rows$m)) # inverse chance of not starting
  factor_at <- function(i, n) if (strategy == "sustained" && tr$a[i] == 0 && n > 1) prod(stay[paste(tr$unit[i], tr$m[i] + seq_len(n - 1))]) else 1
  final <- sapply(seq_len(nrow(tr)), function(i) factor_at(i, tr$follow[i])); k <- tr$a == 0 & tr$follow > 0
  capf <- if (trim < 1) quantile(final[k], trim, type = 1) else Inf
  surv <- sapply(0:1, function(g) cumprod(c(1, sapply(1:H, function(n) {
    at <- which(tr$a == g & tr$follow >= n); w <- tr$w[at] * pmin(sapply(at, factor_at, n = n), if (g == 0) capf else Inf)
    1 - sum(w * (tr$d[at] == 1 & tr$follow[at] == n)) / sum(w) }))))
  smd <- function(x, w) { a <- tr$a == 1; (weighted.mean(x[a], w[a]) - weighted.mean(x[!a], w[!a])) / sqrt((var(x[a]) + var(x[!a])) / 2) }
  one <- rep(1, nrow(tr)); ess <- function(w) sum(w)^2 / sum(w^2)
  list(first = first, last = last, tenure = tenure, strategy = strategy, target = target, calendar = calendar, trim = trim, horizon = H,
    trials = length(unique(tr$m)), unit_trials = c(sum(tr$a == 0), sum(tr$a == 1)), units = c(length(unique(tr$unit[tr$a == 0])), length(unique(tr$unit[tr$a == 1]))),
    events = c(sum(tr$d[tr$a == 0]), sum(tr$d[tr$a == 1])), event_units = c(length(unique(tr$unit[tr$a == 0 & tr$d == 1])), length(unique(tr$unit[tr$a == 1 & tr$d == 1]))),
    control = surv[, 1], treated = surv[, 2], risk_difference = surv[H + 1, 1] - surv[H + 1, 2], risk_ratio = (1 - surv[H + 1, 2]) / (1 - surv[H + 1, 1]),
    rmst_difference = sum(surv[1:H, 2]) - sum(surv[1:H, 1]), ess = c(ess(tr$w[tr$a == 0]), ess(tr$w[tr$a == 1])), max_weight = c(max(tr$w[tr$a == 0]), max(tr$w[tr$a == 1])),
    mean_weight = c(mean(tr$w[tr$a == 0]), mean(tr$w[tr$a == 1])),
    smd_before = c(smd(tr$usage, one), smd(tr$size, one), smd(tr$m, one)), smd_after = c(smd(tr$usage, tr$w), smd(tr$size, tr$w), smd(tr$m, tr$w)))
}

naive <- local({ u <- units; time <- u$exit - pmax(u$entry, 0) + 1; d <- u$event == 1; g <- !is.na(u$treated)
  s <- sapply(c(FALSE, TRUE), function(k) cumprod(c(1, sapply(1:H, function(n) 1 - sum(g == k & d & time == n) / sum(g == k & time >= n)))))
  list(control = s[, 1], treated = s[, 2]) })
cases <- list(emulate(), emulate(target = "treated"), emulate(trim = 0.95), emulate(first = 3, last = 9, tenure = 3), emulate(strategy = "sustained"),
  emulate(strategy = "sustained", trim = 0.9, last = 9, target = "treated"), emulate(calendar = "spline"), emulate(calendar = "spline", strategy = "sustained"))
# Units drawn with replacement, everything estimated again: an independent check of the intervals.
boot <- function(case, draws, ...) { how <- list(...); u0 <- units; c0 <- cov; rows <- split(seq_len(nrow(c0)), c0$unit)
  out <- replicate(draws, { take <- sample(N, N, TRUE); units <<- u0[take, ]; units$unit <<- seq_len(N) - 1
    k <- rows[as.character(take - 1)]; cov <<- c0[unlist(k), ]; cov$unit <<- rep(seq_len(N) - 1, lengths(k))
    r <- suppressWarnings(do.call(emulate, how)); c(r$risk_difference, r$rmst_difference) })
  units <<- u0; cov <<- c0; f <- function(x) list(se = sd(x), low = unname(quantile(x, .025)), high = unname(quantile(x, .975)))
  list(case = case, draws = draws, riskdifference = f(out[1, ]), rmstdifference = f(out[2, ])) }
bootstrap <- list(boot(0, 500), boot(4, 300, strategy = "sustained"))
writeLines(toJSON(list(periods = T, cases = cases, naive = naive, bootstrap = bootstrap), digits = I(15), auto_unbox = TRUE, pretty = TRUE), "reference.json")
