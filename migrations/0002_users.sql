-- The sample user service; `user_password` holds a salted hash.
CREATE TABLE IF NOT EXISTS users (
    user_id       INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_name     VARCHAR(255),
    user_email    VARCHAR(255),
    user_password VARCHAR(255)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;
