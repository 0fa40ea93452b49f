import com.alibaba.nacos.core.code.ControllerMethodsCache;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.web.servlet.ServletComponentScan;
import org.springframework.scheduling.annotation.EnableScheduling;

/** Starts a Nacos server of 2.x, without its console, from modules that have no such class. */
@SpringBootApplication(scanBasePackages = "com.alibaba.nacos", proxyBeanMethods = false)
@ServletComponentScan("com.alibaba.nacos")
@EnableScheduling
public class Nacos {
    public static void main(String[] arguments) {
        // What the console does otherwise: without it every request over HTTP gets 501.
        SpringApplication.run(Nacos.class, arguments)
            .getBean(ControllerMethodsCache.class)
            .initClassMethod("com.alibaba.nacos.naming.controllers");
    }
}
