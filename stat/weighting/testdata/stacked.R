# Writes stacked.json: every estimator of the package as one system of stacked
# estimating equations, solved by Newton's method, with the sandwich variance
# from derivatives by complex steps (exact to rounding; no formula of the
# package is used). Data: a simulated sample, which the file holds too, and
# Lalonde's as MatchIt ships it, of which it holds results only.
# Run inside this folder: Rscript stacked.R   (R 4.2, jsonlite, MatchIt)
suppressMessages(library(jsonlite))
expit <- function(z) 1 / (1 + exp(-z))
jac <- function(f, th) sapply(seq_along(th), function(j) { z <- as.complex(th); z[j] <- z[j] + 1e-30i; colMeans(Im(f(z))) / 1e-30 })
solve_m <- function(psi, th, cl = NULL, take) {
  for (k in 1:200) { A <- jac(psi, th); g <- colMeans(Re(psi(th))); s <- solve(A, g, tol = 1e-40); t <- 1; while (t > 1e-6 && !(sum(colMeans(Re(psi(th - t * s)))^2) <= sum(g^2) * (1 + 1e-12))) t <- t / 2; th <- th - t * s; if (max(abs(s) / (1e-8 + abs(th))) < 1e-13) break }
  n <- nrow(psi(th)); A <- jac(psi, th); P <- Re(psi(th)); IF <- -P %*% t(solve(A, tol = 1e-40)); v <- as.numeric(IF %*% take)
  out <- list(est = sum(th * take), se = sqrt(sum(v^2)) / n)
  if (!is.null(cl)) { s <- tapply(v, cl, sum); G <- length(s); out$se_cluster <- sqrt(G / (G - 1) * sum(s^2)) / n }
  out
}
weights_of <- function(e, est) switch(est, ATE = list(1 / e, 1 / (1 - e)), ATT = list(1 + 0 * e, e / (1 - e)), ATC = list((1 - e) / e, 1 + 0 * e), ATO = list(1 - e, e))
taus <- function(T, est) switch(est, ATE = rep(1, length(T)), ATT = T, ATC = 1 - T, ATO = rep(1, length(T)))
start <- function(T, X) unname(coef(glm.fit(X, T, family = binomial(), control = list(epsilon = 1e-15))))
clip <- function(e, b) if (b == 0) e else { r <- Re(e); e[r < b] <- b; e[r > 1 - b] <- 1 - b; e }
ipw <- function(Y, T, X, est, norm = "hajek", cl = NULL, b = 0) {
  p <- ncol(X); tau <- taus(T, est)
  psi <- function(th) { e <- expit(X %*% th[1:p])[, 1]; w <- weights_of(clip(e, b), est); m1 <- th[p + 1]; m0 <- th[p + 2]
    if (norm == "hajek") cbind(X * (T - e), T * w[[1]] * (Y - m1), (1 - T) * w[[2]] * (Y - m0))
    else cbind(X * (T - e), T * w[[1]] * Y - tau * m1, (1 - T) * w[[2]] * Y - tau * m0) }
  solve_m(psi, c(start(T, X), mean(Y[T == 1]), mean(Y[T == 0])), cl, c(rep(0, p), 1, -1))
}
aipw <- function(Y, T, X, est, norm = "hajek", cl = NULL, binary = FALSE, score = TRUE) {
  p <- ncol(X); tau <- taus(T, est); arms <- switch(est, ATE = c(1, 0), ATT = 0, ATC = 1); link <- if (binary) expit else identity
  b0 <- function(a) unname(if (binary) coef(glm.fit(X[T == a, ], Y[T == a], family = binomial(), control = list(epsilon = 1e-15))) else qr.coef(qr(X[T == a, ]), Y[T == a]))
  psi <- function(th) { g <- th[1:p]; e <- expit(X %*% g)[, 1]; w <- weights_of(e, est); k <- p; eq <- X * (T - e); M <- 0
    for (a in c(1, 0)) { A <- if (a == 1) T else 1 - T; s <- 2 * a - 1; wa <- A * w[[2 - a]]
      if (a %in% arms) { b <- th[k + 1:p]; k <- k + p; m <- link(X %*% b)[, 1]; eq <- cbind(eq, A * X * (Y - m)); mu <- th[k + 1]; k <- k + 1; eq <- cbind(eq, tau * (m - mu)) } else m <- 0
      if (score || !(a %in% arms)) { R <- th[k + 1]; k <- k + 1; eq <- cbind(eq, if (norm == "hajek") wa * (Y - m - R) else wa * (Y - m) - tau * R) } }
    eq }
  th <- start(T, X); take <- rep(0, p)
  for (a in c(1, 0)) { s <- 2 * a - 1; if (a %in% arms) { th <- c(th, b0(a), mean(Y)); take <- c(take, rep(0, p), s) }; if (score || !(a %in% arms)) { th <- c(th, 0); take <- c(take, s) } }
  solve_m(psi, th, cl, take)
}
ebal <- function(Y, T, C, est, cl = NULL) {
  C <- scale(C); q <- ncol(C); tau <- taus(T, est); arms <- switch(est, ATE = c(1, 0), ATT = 0, ATC = 1)
  psi <- function(th) { mu <- th[1:q]; D <- sweep(C + 0i, 2, mu); k <- q; eq <- tau * D
    for (a in c(1, 0)) { A <- if (a == 1) T else 1 - T; if (a %in% arms) { w <- A * exp(D %*% th[k + 1:q])[, 1]; k <- k + q; eq <- cbind(eq, w * D) } else w <- A; eq <- cbind(eq, w * (Y - th[k + 1])); k <- k + 1 }
    eq }
  th <- as.numeric(colSums(tau * C) / sum(tau)); take <- rep(0, q)
  for (a in c(1, 0)) { if (a %in% arms) { th <- c(th, rep(0, q)); take <- c(take, rep(0, q)) }; th <- c(th, mean(Y)); take <- c(take, 2 * a - 1) }
  solve_m(psi, th, cl, take)
}
crump <- function(e) { g <- 1 / (e * (1 - e)); l <- sort(g); if (max(g) <= 2 * mean(g)) return(0)
  f <- function(x) x - 2 * mean(g[g <= x]); grid <- sort(c(l, l - 1e-9)); v <- sapply(grid, f); k <- max(which(v < 0)); lam <- uniroot(f, c(grid[k], grid[k + 1]), tol = 1e-14)$root; 0.5 - sqrt(0.25 - 1 / lam) }
all_of <- function(Y, Yb, T, X, cl, squares) {
  r <- list(); C <- X[, -1]
  for (est in c("ATE", "ATT", "ATC", "ATO")) r$ipw[[est]]$hajek <- ipw(Y, T, X, est, cl = cl)
  for (est in c("ATE", "ATT", "ATC")) { r$ipw[[est]]$ht <- ipw(Y, T, X, est, "ht", cl); r$ipw[[est]]$truncated <- ipw(Y, T, X, est, "hajek", cl, 0.15)
    r$aipw[[est]] <- list(hajek = aipw(Y, T, X, est, "hajek", cl), ht = aipw(Y, T, X, est, "ht", cl))
    r$standardise[[est]] <- list(linear = aipw(Y, T, X, est, cl = cl, score = FALSE))
    if (!is.null(Yb)) { r$aipw[[est]]$logistic <- aipw(Yb, T, X, est, "hajek", cl, TRUE); r$standardise[[est]]$logistic <- aipw(Yb, T, X, est, cl = cl, binary = TRUE, score = FALSE) }
    r$entropy[[est]] <- list(first = ebal(Y, T, C, est, cl)); if (length(squares)) r$entropy[[est]]$second <- ebal(Y, T, cbind(C, scale(C[, squares])^2), est, cl) }
  e <- expit(X %*% start(T, X))[, 1]
  r$logit <- start(T, X); r$score <- e[1:10]; r$crump <- crump(e); r$se_logit <- sqrt(diag(solve(crossprod(X * sqrt(e * (1 - e))), tol = 1e-40)))
  k <- e >= .15 & e <= .85; r$trimmed <- c(ipw(Y[k], T[k], X[k, ], "ATE"), n = sum(k)); r$c_statistic <- unname(wilcox.test(e[T == 1], e[T == 0], exact = FALSE)$statistic) / sum(T) / sum(1 - T)
  r$outside <- mean(e[T == 1] < min(e[T == 0]) | e[T == 1] > max(e[T == 0])); r
}
set.seed(20261122)
n <- 240; cl <- rep(1:60, each = 4); u <- rnorm(60)[cl]; x1 <- round(rnorm(n) + .3 * u, 3); x2 <- rbinom(n, 1, .4); x3 <- round(rexp(n), 3)
T <- rbinom(n, 1, expit(-.6 + .7 * x1 + .8 * x2 - .4 * x3)); Y <- round(20 + 2 * T + 1.5 * x1 + x2 * x3 + u + rnorm(n), 3); Yb <- rbinom(n, 1, expit(-.5 + .5 * T + .6 * x1 - .3 * x3))
X <- cbind(1, x1, x2, x3)
sim <- list(y = Y, churned = Yb, treated = T, x1 = x1, x2 = x2, x3 = x3, cluster = cl, results = all_of(Y, Yb, T, X, cl, c(1, 3)))
data(lalonde, package = "MatchIt"); l <- lalonde
XL <- with(l, cbind(1, age, educ, race == "hispan", race == "white", married, nodegree, re74, re75))
S <- c(1, apply(XL[, -1], 2, sd)) # in standard deviations, so that Newton's steps are well scaled
lal <- all_of(l$re78, NULL, l$treat, sweep(XL, 2, S, "/"), NULL, integer(0)); lal$logit <- lal$logit / S; lal$se_logit <- lal$se_logit / S
writeLines(toJSON(list(simulated = sim, lalonde = lal), digits = I(16), auto_unbox = TRUE), "stacked.json")
