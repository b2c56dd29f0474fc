# Two-way fixed effects for stat/did: the decomposition by running every 2×2
# regression with lm on its subset of rows, the weights by the variance of treatment
# in it, and the weights of cells by residuals of lm. Also Sun–Abraham by lm with
# dummies on a panel with gaps. Rscript twfe.R [castle.csv] > twfe.json
library(jsonlite); set.seed(20260502)
vd <- function(d) { e <- lm(D ~ factor(id) + factor(t), d)$residuals; sum(e^2) }
bacon <- function(d) { # id, t, g (0 never), y
  d$D <- as.integer(d$g > 0 & d$t >= d$g); first <- min(d$t)
  k <- sort(unique(d$g)); always <- k[k > 0 & k <= first]; treated <- setdiff(k, c(0, always)); n <- length(unique(d$id)); out <- NULL; total <- vd(d)
  two <- function(s, kind, tr, co) { s$D <- as.integer(s$g == tr & s$t >= tr); b <- lm(y ~ D + factor(id) + factor(t), s)
    # theorem 1: the subset's share of rows squared, times the variance of treatment in it
    data.frame(kind = kind, treated = tr, control = co, estimate = unname(coef(b)["D"]), weight = nrow(s) * vd(s) / (nrow(d) * total)) }
  for (a in treated) {
    if (any(d$g == 0)) out <- rbind(out, two(d[d$g %in% c(0, a), ], 0, a, -1))
    for (b in treated) if (a < b) { out <- rbind(out, two(d[d$g %in% c(a, b) & d$t < b, ], 1, a, b)); out <- rbind(out, two(d[d$g %in% c(a, b) & d$t >= a, ], 2, b, a)) }
    if (length(always)) out <- rbind(out, two(d[d$g %in% c(always, a), ], 3, a, first)) }
  b <- lm(y ~ D + factor(id) + factor(t), d); e <- lm(D ~ factor(id) + factor(t), d)$residuals; tr <- d$D == 1
  w <- tapply(e[tr], paste(d$g, d$t)[tr], sum) / sum(e[tr]); sh <- tapply(e[tr], paste(d$g, d$t)[tr], length) / sum(tr)
  key <- do.call(rbind, strsplit(names(w), " ")); o <- order(as.numeric(key[, 1]), as.numeric(key[, 2]))
  list(coef = unname(coef(b)["D"]), pairs = out, cells = data.frame(cohort = as.numeric(key[o, 1]), period = as.numeric(key[o, 2]), weight = as.numeric(w[o])),
       negative = sum(w < 0), negative_sum = sum(w[w < 0]), spread = unname(abs(coef(b)["D"])) / sqrt(sum(sh * (w / sh - 1)^2)))
}
g <- c(0, 0, 0, 0, 1, 1, 3, 3, 3, 4, 4, 6, 6, 6); d <- expand.grid(t = 1:7, id = seq_along(g)); d$g <- g[d$id]
d$y <- round(rnorm(nrow(d)) + .3 * d$t + rep(rnorm(length(g)), each = 7) + (d$g > 0 & d$t >= d$g) * (.5 + .4 * (d$t - d$g)), 3)
res <- list(panel = d, bacon = bacon(d))
# Sun–Abraham with gaps: dummies for cohort × period, clustered by unit, CR1 with K = dummies + periods
u <- d[d$g != 1 & runif(nrow(d)) > .12, ]; u <- u[u$id != 0, ]
base <- ifelse(u$g > 0, u$g - 1, 0); u$cell <- ifelse(u$g == 0 | u$t == base, "none", paste(u$g, u$t))
cells <- setdiff(sort(unique(u$cell)), "none"); X <- sapply(cells, function(c) as.numeric(u$cell == c)); F <- model.matrix(~ factor(id) + factor(t), u)
Xt <- lm.fit(F, X)$residuals; yt <- lm.fit(F, u$y)$residuals; b <- solve(crossprod(Xt), crossprod(Xt, yt)); e <- c(yt - Xt %*% b)
S <- rowsum(Xt * e, u$id); G <- nrow(S); n <- nrow(u); K <- ncol(X) + 7; V <- solve(crossprod(Xt)) %*% crossprod(S) %*% solve(crossprod(Xt)) * G / (G - 1) * (n - 1) / (n - K)
key <- do.call(rbind, strsplit(cells, " ")); ev <- as.numeric(key[, 2]) - as.numeric(key[, 1]); cnt <- colSums(X)
agg <- function(s) { w <- ifelse(s, cnt, 0); w <- w / sum(w); c(sum(w * b), sqrt(c(w %*% V %*% w))) }
es <- t(sapply(sort(unique(ev)), function(l) agg(ev == l))); all <- agg(ev >= 0)
res$gaps <- u[, c("t", "id", "g", "y")]; res$sunab <- list(at = sort(unique(ev)), coef = es[, 1], se = es[, 2], att = all[1], att_se = all[2], cohort = as.numeric(key[, 1]), period = as.numeric(key[, 2]), cell = c(b), cell_se = sqrt(diag(V)))
# weighted, with gaps, clustered by pairs of units: two-way coefficient
u$w <- 1 + u$id %% 3; u$cl <- u$id %/% 2; u$D <- as.integer(u$g > 0 & u$t >= u$g); W <- sqrt(u$w)
Dt <- lm.fit(F * W, u$D * W)$residuals; yt <- lm.fit(F * W, u$y * W)$residuals; b <- sum(Dt * yt) / sum(Dt^2); s <- rowsum(Dt * (yt - b * Dt), u$cl); G <- length(s)
res$weighted <- list(coef = b, se = sqrt(sum(s^2) / sum(Dt^2)^2 * G / (G - 1) * (n - 1) / (n - 8)))
if (length(a <- commandArgs(TRUE))) { c0 <- read.csv(a[1]); fy <- tapply(seq_len(nrow(c0)), c0$sid, function(i) { y <- c0$year[i][c0$post[i] > 0]; if (length(y)) min(y) else 0 })
  res$castle <- bacon(data.frame(id = c0$sid, t = c0$year, g = as.numeric(fy[as.character(c0$sid)]), y = c0$l_homicide)) }
cat(toJSON(res, digits = I(16), auto_unbox = TRUE, dataframe = "columns"), "\n")
