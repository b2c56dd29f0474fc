# Writes wild.json: the restricted wild cluster bootstrap by refitting lm on every one of
# the 2^9 Rademacher samples of cluster.json. Run in this folder: Rscript wild.R
suppressMessages(library(jsonlite))
d <- as.data.frame(fromJSON("cluster.json")$data); G <- 9; X <- model.matrix(~ treated + x1 + x2, d); n <- nrow(d)
signs <- as.matrix(expand.grid(rep(list(c(-1, 1)), G)))
run <- function(w) { r <- sqrt(w); Xw <- X * r; yw <- d$y * r; M <- solve(crossprod(Xw)); A <- M %*% t(Xw)
  t_of <- function(y, j, null) { b <- A %*% y; e <- drop(y - Xw %*% b); s <- rowsum(Xw * e, d$g); V <- M %*% crossprod(s) %*% M; (b[j] - null) / sqrt(V[j, j] * G / (G - 1) * (n - 1) / (n - 4)) }
  p_of <- function(j, null) { t0 <- t_of(yw, j, null); f <- lm.fit(Xw[, -j], yw - null * Xw[, j]); e <- f$residuals; fit <- f$fitted.values + null * Xw[, j]
    ts <- apply(signs, 1, function(v) t_of(fit + v[d$g] * e, j, null)); c(t0, mean(abs(ts) >= abs(t0) * (1 - 1e-10))) }
  end <- function(j, sign) { b <- drop(A %*% yw)[j]; s <- abs(b / t_of(yw, j, 0)); lo <- 0; hi <- s; while (p_of(j, b + sign * hi)[2] >= 0.05) { lo <- hi; hi <- 2 * hi }
    for (k in 1:26) { m <- (lo + hi) / 2; if (p_of(j, b + sign * m)[2] >= 0.05) lo <- m else hi <- m }; b + sign * (lo + hi) / 2 }
  list(x1 = p_of(3, 0), x1_half = p_of(3, 0.5), x2 = p_of(4, 0), treated = p_of(2, 0), interval = c(end(3, -1), end(3, 1))) }
writeLines(toJSON(list(ols = run(rep(1, n)), wls = run(d$w), r = as.character(getRversion())), digits = I(15), auto_unbox = TRUE, pretty = TRUE), "wild.json")
